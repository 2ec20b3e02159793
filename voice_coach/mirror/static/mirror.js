"use strict";
// The mirror: shows what the coach tells it to show. No rule of the coach lives here. What goes over the wire: link.js;
// what is touched: touch.js; the countdown: time.js; what fades and sleeps: calm.js.

const MODES = ["auto", "light", "dark", "mirror"];
const STATUS_MS = 8000;
const LEVELS = 12;

const root = document.documentElement;
const words = {};
const at = {}; // the page's elements, by id
let slots = [];
let state = null; // as the coach last told it
let needsFit = false;

const fill = (text, gaps) => text.replace(/\{(\w+)\}/g, (_, name) => gaps[name]);

function stored(key, ...value) {
  try {
    if (!value.length) return localStorage.getItem(`voice-coach.${key}`);
    if (value[0] === null) localStorage.removeItem(`voice-coach.${key}`);
    else localStorage.setItem(`voice-coach.${key}`, value[0]);
  } catch { /* The browser keeps nothing: then we forget. */ }
  return null;
}

// ---- Drawing: only what has changed is touched.

function put(element, text) {
  if (write(element, text)) needsFit = true;
}

function write(element, text) { // where there is room in any case
  if (element.textContent === text) return false;
  element.textContent = text;
  return true;
}

function reveal(element, isShown) {
  if (element.hidden !== isShown) return;
  element.hidden = !isShown;
  needsFit = true;
}

const isCut = () => root.scrollHeight > root.clientHeight || root.scrollWidth > root.clientWidth
  || [at.title, at.instruction, at.saying, at.question, ...slots].some((one) => one.scrollWidth > one.clientWidth + 1);

function fit() { // the largest letters with which the page needs no scrolling and no word is broken
  if (!needsFit || root.dataset.rest) return; // at rest nothing is seen of it
  needsFit = false;
  for (let level = 0; level < LEVELS; level += 1) {
    root.dataset.fit = String(level);
    if (!isCut()) return;
  }
}

function sceneOf({ pain, phase, countdown, activity }) {
  if (activity === "closed" && !countdown) return "closed";
  if (pain) return "pain";
  if (countdown) return "hold";
  return ["idle", "done"].includes(phase) ? phase : "step";
}

function titleOf(scene) {
  const own = { closed: "page.goodbye", pain: "pain.title", idle: "page.ready", done: "page.done" }[scene];
  return own ? words[own] : state.title;
}

function draw() {
  const { phase, activity, title, question } = state;
  const scene = sceneOf(state);
  if (root.dataset.scene !== scene) needsFit = true;
  root.dataset.scene = scene;
  root.dataset.phase = phase;
  root.dataset.activity = activity;
  root.dataset.question = question ? "open" : "";
  document.title = [words[`phase.${phase}`], title, words["page.name"]].filter(Boolean).join(" · ");
  drawHeader(scene);
  put(at.title, titleOf(scene));
  drawPicture(scene);
  drawWords(scene);
  put(at["question-text"], question);
  reveal(at.question, Boolean(question));
  noticeHeard();
  put(at.note, state.heard_note);
  drawChoices();
  drawFirst(scene);
  drawSteps(state.steps);
  if (activity !== "closed") drawButtons(state.buttons);
  drawAlerts();
  drawCountdown();
  drawTimers();
  noticeStir();
  drawNight();
  tellTime();
  fit();
}

function drawHeader(scene) {
  const { phase, step_number: number, step_count: count, activity } = state;
  const isOnTheWay = number > 0 && phase !== "done" && phase !== "idle";
  if (phase !== "idle" || scene === "closed") {
    put(at.phase, scene === "closed" ? words["page.name"] : words[`phase.${phase}`]);
    put(at.clock, "");
  }
  put(at.place, isOnTheWay && scene !== "closed" ? fill(words["step.place"], { number, count }) : "");
  write(at["activity-name"], `${words[`activity.${activity}`]} ${state.loading}`.trim());
}

function drawPicture(scene) {
  const name = scene === "step" ? state.picture : "";
  root.dataset.picture = name;
  if (name) at.picture.firstElementChild.setAttribute("href", `#p-${name}`);
}

function drawWords(scene) { // the step's words stay; what is said beside them comes and goes
  const { instruction, saying, question, notes } = state;
  const isMore = Boolean(saying) && saying !== question && !(instruction && saying.includes(instruction));
  put(at.instruction, instruction);
  reveal(at.instruction, Boolean(instruction) && !["idle", "done", "closed"].includes(scene));
  put(at.saying, isMore ? saying : "");
  reveal(at.saying, isMore && scene !== "closed");
  drawList(at.notes, notes.length, () => document.createElement("li"));
  notes.forEach((note, index) => put(at.notes.children[index], note));
  reveal(at.notes, notes.length > 0 && !isMore && scene !== "closed");
  const suggestions = state.suggestions.filter(mayTouch).slice(0, PHRASES);
  const hasRoom = !isMore && !["pain", "closed"].includes(scene) && !choicesOf("felt").length;
  drawPhrases(suggestions);
  put(at["say-label"], sayLabel());
  reveal(at.say, hasRoom && suggestions.length > 0);
}

function drawList(list, count, make) {
  while (list.children.length > count) { list.lastChild.remove(); needsFit = true; }
  while (list.children.length < count) { list.append(make(list.children.length)); needsFit = true; }
}

function drawSteps(steps) {
  const drawn = steps.map((step) => step.progress + step.title).join("|");
  if (at.path.dataset.drawn === drawn) return;
  at.path.dataset.drawn = drawn;
  drawList(at.path, steps.length, () => {
    const item = document.createElement("li");
    item.append(document.createElement("span"), document.createElement("em"));
    return item;
  });
  steps.forEach(({ title, progress }, index) => {
    const item = at.path.children[index];
    item.dataset.progress = progress;
    if (progress === "now") item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
    put(item.firstChild, title);
    put(item.lastChild, { done: words["step.done"], "left out": words["step.left_out"] }[progress] || "");
  });
}

let connection = "connecting";
let status = "";
let forgetStatus = 0;

function drawAlerts() {
  const isCounting = Boolean(state && state.countdown && state.countdown.ends_at !== null);
  const lost = ["lost", "closed"].includes(connection) && isCounting ? `${connection}_counting` : connection;
  const wanted = new Map();
  if (connection !== "open" && connection !== "unpaired") wanted.set(words[`connection.${lost}`], "connection");
  for (const trouble of (state && state.troubles) || []) wanted.set(trouble, "trouble");
  if (status) wanted.set(words[status], "status");
  for (const child of [...at.alerts.children]) {
    if (wanted.has(child.textContent)) wanted.delete(child.textContent);
    else { child.remove(); needsFit = true; }
  }
  for (const [text, kind] of wanted) {
    const line = document.createElement("p");
    line.className = kind;
    put(line, text);
    at.alerts.append(line);
  }
}

function tellConnection(now) {
  if (connection === now) return;
  root.dataset.connection = connection = now;
  touchables().forEach(enable);
  drawAlerts();
  stir();
  fit();
}

function tellStatus(name) {
  clearTimeout(forgetStatus);
  status = name;
  if (name) forgetStatus = setTimeout(tellStatus, STATUS_MS, "");
  drawAlerts();
  fit();
}

// ---- Colours, and a screen that stays awake.

const isDark = matchMedia("(prefers-color-scheme: dark)");

function setMode(mode) {
  root.dataset.mode = mode;
  root.dataset.colours = mode === "auto" ? (isDark.matches ? "dark" : "light") : mode;
  if (at["mode-name"]) put(at["mode-name"], words[`mode.${mode}`]);
  if (at.title) fit();
}

async function stayAwake() { // not every browser can, and none without TLS but on this computer
  if (document.visibilityState !== "visible" || !navigator.wakeLock) return;
  try { await navigator.wakeLock.request("screen"); } catch { /* A low battery may forbid it. */ }
}

function knownMode() {
  const mode = stored("mode");
  return MODES.includes(mode) ? mode : "auto";
}

setMode(knownMode()); // at once, so that no white flashes in the dark
isDark.addEventListener("change", () => setMode(root.dataset.mode));

document.addEventListener("DOMContentLoaded", () => {
  for (const element of document.querySelectorAll("[id]")) at[element.id] = element;
  for (const word of at.dictionary.content.querySelectorAll("[id]")) words[word.id] = word.textContent;
  slots = [...at.buttons.children];
  at.mode.addEventListener("click", () => {
    const mode = MODES[(MODES.indexOf(root.dataset.mode) + 1) % MODES.length];
    stored("mode", mode);
    setMode(mode);
  });
  setMode(root.dataset.mode);
  const refit = () => { needsFit = true; fit(); };
  addEventListener("resize", () => { needsFit = true; rearrange(); fit(); });
  document.fonts.ready.then(refit);
  document.fonts.addEventListener("loadingdone", refit);
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
  beTouched();
  beCalm();
  beFirst();
  drawAlerts();
  fit();
  follow();
});
