"use strict";
// What is touched: buttons, cards, phrases, and the keys of a keyboard. Each sends what its words would mean.

const SLOTS = { back: 0, no: 0, next: 1, yes: 1, start: 1, repeat: 2, pause: 3, resume: 3, help: 3, stings: 4 };
const PHRASES = 3;
const FRESH_MS = 400; // so long a button with a new meaning ignores the finger that was on its way to the old one
const NEED_A_VALUE = ["mask", "skin", "felt", "go_to", "on_for"]; // such phrases can only be said
const KEYS = {
  s: "start", b: "back", r: "repeat", w: "why", t: "time_left", a: "add_time", c: "cut_time", q: "quit", x: "whats_next",
  i: "which_step", o: "start_over", n: "next", "?": "help", "!": "stings", "+": "louder", "=": "louder", "-": "quieter",
  ">": "faster", "<": "slower", Enter: "next", PageDown: "next", ArrowRight: "next", PageUp: "back", ArrowLeft: "back",
}; // as in the terminal; the last five are those of pedals and presenters

// ---- The five buttons: each always in its place.

function drawButtons(intents) {
  const wanted = slots.map((_, index) => intents.find((intent) => SLOTS[intent] === index) || "");
  slots.forEach((button, index) => {
    button.classList.toggle("wide", (index === 1 && !wanted[0]) || (index === 2 && !wanted[3]));
    if (wanted[index]) put(button.lastChild, labelOf(wanted[index]));
    if (button.dataset.intent === wanted[index]) return;
    const hadFocus = document.activeElement === button;
    button.dataset.intent = wanted[index];
    reveal(button, Boolean(wanted[index]));
    if (!wanted[index]) {
      if (hadFocus) (slots[wanted.findIndex((intent, other) => intent && other > index)] || slots[1]).focus();
      return;
    }
    button.querySelector("use").setAttribute("href", `#i-${wanted[index]}`);
    refresh(button);
  });
  reveal(at.buttons, true);
}

function labelOf(intent) {
  return state.pain && state.question && ["yes", "no"].includes(intent) ? words[`pain.${intent}`] : words[`button.${intent}`];
}

function refresh(button) { // it means something else now
  button.dataset.fresh = "";
  setTimeout(() => { delete button.dataset.fresh; enable(button); }, FRESH_MS);
  enable(button);
}

function enable(button) { // never `disabled`: that would lose the focus
  if (connection !== "open" || "fresh" in button.dataset || "pending" in button.dataset) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
}

const touchables = () => document.querySelectorAll("#buttons button, #masks button, #skins button, #languages button, #feelings button, #phrases button");

async function press(button) {
  if (button.getAttribute("aria-disabled")) return;
  button.dataset.pending = "";
  enable(button);
  await order(button.dataset.intent || button.dataset.order, button.dataset.value);
  delete button.dataset.pending;
  enable(button);
}

async function order(intent, value) {
  tellStatus("");
  tellStatus(await send(intent, value));
}

function newButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.addEventListener("click", () => press(button));
  return button;
}

// ---- What can be chosen: a mask, the skin, how it feels.

const choicesOf = (intent) => state.choices.filter((choice) => choice.intent === intent);

function drawChoices() {
  const skins = choicesOf("skin");
  drawGroup(at.masks, choicesOf("mask"));
  drawGroup(at.skins, skins);
  drawGroup(at.feelings, choicesOf("felt"));
  root.dataset.skin = skins.some((choice) => choice.is_chosen) ? "known" : "";
}

function drawGroup(group, choices) {
  drawList(group, choices.length, () => {
    const button = newButton();
    for (const name of ["swatch", "name", "detail"]) {
      const part = document.createElement("span");
      part.className = name;
      button.append(part);
    }
    return button;
  });
  choices.forEach(({ intent, value, title, detail, is_chosen: isChosen }, index) => {
    const button = group.children[index];
    if (button.dataset.value !== value) {
      Object.assign(button.dataset, { order: intent, value });
      refresh(button);
    }
    enable(button);
    button.setAttribute("aria-pressed", String(isChosen));
    put(button.children[1], title);
    put(button.children[2], detail);
  });
  reveal(group, choices.length > 0);
}

function drawPhrases(suggestions) {
  drawList(at.phrases, suggestions.length, () => {
    const item = document.createElement("li");
    item.append(newButton());
    return item;
  });
  suggestions.forEach(({ phrase, intent }, index) => {
    const button = at.phrases.children[index].firstChild;
    if (button.dataset.order !== intent) {
      button.dataset.order = intent;
      refresh(button);
    }
    enable(button);
    put(button, phrase);
  });
}

const mayTouch = (suggestion) => !NEED_A_VALUE.includes(suggestion.intent);

function sayLabel() { // names what there is: a microphone, a finger
  if (state.activity === "deaf") return words["page.only_touch"];
  return words[matchMedia("(any-pointer: coarse)").matches ? "page.may_touch" : "page.may_say"];
}

// ---- Keys: those of the terminal.

function intentOf(event) {
  const letter = /^Key([A-Z])$/.exec(event.code); // where it is printed, whatever language the keyboard is set to
  const key = letter ? letter[1].toLowerCase() : event.key;
  if (state.question && key === "y") return "yes";
  if (state.question && key === "n") return "no";
  if (key === " ") return state.phase === "paused" ? "resume" : "pause";
  const intent = Object.hasOwn(KEYS, key) ? KEYS[key] : "";
  return intent === "next" && !letter && ["idle", "done"].includes(state.phase) ? "start" : intent;
}

function readKey(event) {
  if (event.key === "Escape") { switchKeys(); return; }
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || !state || connection !== "open") return;
  if (stored("keys") === "off" || root.dataset.pairing === "open" || event.target.closest("input")) return;
  if ([" ", "Enter"].includes(event.key) && event.target.closest("button")) return; // presses that
  const card = /^[1-9]$/.test(event.key) && at.masks.children[event.key - 1];
  const intent = card ? "mask" : intentOf(event);
  if (!intent) return;
  event.preventDefault();
  order(intent, card ? card.dataset.value : undefined);
}

function switchKeys() { // for whoever talks to the computer, or whose cat walks over it (WCAG 2.1.4)
  const isOff = stored("keys") === "off";
  stored("keys", isOff ? null : "off");
  tellStatus(isOff ? "command.keys_on" : "command.keys_off");
}

function beTouched() {
  slots.forEach((button) => button.addEventListener("click", () => press(button)));
  addEventListener("keydown", readKey);
}
