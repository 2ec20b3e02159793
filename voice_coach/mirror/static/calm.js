"use strict";
// Calm: what was heard goes away, the hold fades to its clock, and a screen that nobody needs is dark.

const HEARD_MS = 3000;
const REST_MS = 15000;
const AWAKE_MS = 60000; // so long a touch wakes a screen that the coach lets sleep
const CLOCK_MS = 10000;

let forgetHeard = 0;
let fade = 0;
let sleepAgain = 0;
let isWoken = false; // by a touch here; the coach does not know of it
let isFirst = true; // no state was drawn yet
let last = { heard: "", saying: "", troubles: "" };

// ---- "You said": for three seconds.

function noticeHeard() {
  const isNew = !isFirst && state.heard && state.heard !== last.heard;
  put(at["heard-text"], state.heard);
  if (!state.heard) forget();
  if (!isNew) return;
  reveal(at["heard-line"], true);
  clearTimeout(forgetHeard);
  forgetHeard = setTimeout(() => { forget(); fit(); }, HEARD_MS);
}

function forget() {
  clearTimeout(forgetHeard);
  reveal(at["heard-line"], false);
}

// ---- The hold: after a while only the time is there, and what matters in pain.

const mayRest = () => Boolean(state && state.phase === "holding" && state.countdown && state.countdown.ends_at !== null
  && !state.question && !state.saying && !state.pain && connection === "open");

function rest() { // the orb goes to the middle of all the room there is
  if (!mayRest() || root.dataset.rest) return;
  const orb = at.dial.getBoundingClientRect();
  const room = at.buttons.getBoundingClientRect().top;
  const style = at.dial.style;
  style.setProperty("--aside", `${root.clientWidth / 2 - orb.left - orb.width / 2}px`);
  style.setProperty("--below", `${room / 2 - orb.top - orb.height / 2}px`);
  style.setProperty("--near", String(Math.min(0.92 * room, 0.8 * root.clientWidth) / orb.height));
  root.dataset.rest = "resting";
}

function stir() { // somebody is there, or there is something to see: all of it, for a while
  clearTimeout(fade);
  if (root.dataset.rest) {
    delete root.dataset.rest;
    fit();
  }
  if (mayRest()) fade = setTimeout(rest, REST_MS);
}

function rearrange() { // the screen has turned
  if (!root.dataset.rest) return;
  delete root.dataset.rest;
  fit();
  rest();
}

function noticeStir() {
  const troubles = state.troubles.join();
  const isStirred = state.heard !== last.heard || state.saying !== last.saying || troubles !== last.troubles
    || state.heard_note || state.activity === "hearing";
  if (isFirst || isStirred || !mayRest() || !last.mayRest) stir();
  last = { heard: state.heard, saying: state.saying, troubles, mayRest: mayRest() };
  isFirst = false;
}

// ---- The night: nothing runs, and nobody has been there for long.

function drawNight() {
  if (!state.asleep) {
    isWoken = false;
    clearTimeout(sleepAgain);
  }
  const isNight = state.asleep && !isWoken;
  at.night.hidden = !isNight;
  root.dataset.night = isNight ? "dark" : "";
  for (const part of [document.querySelector("header"), document.querySelector("main")]) part.inert = isNight;
}

function wake() {
  isWoken = true;
  clearTimeout(sleepAgain);
  sleepAgain = setTimeout(() => { isWoken = false; drawNight(); }, AWAKE_MS);
  drawNight();
  needsFit = true;
  fit();
}

function tellTime() {
  const now = new Date();
  const time = now.toLocaleTimeString(document.documentElement.lang, { hour: "numeric", minute: "2-digit" });
  write(at["night-clock"], time);
  if (state && state.phase === "idle" && connection === "open") drawGreeting(time, now.getHours());
}

function drawGreeting(time, hour) {
  const isEarly = hour >= 4 && hour < 12;
  const isLate = hour < 4 || hour >= 18;
  put(at.phase, words[isEarly ? "page.greeting_morning" : isLate ? "page.greeting_evening" : "page.greeting_day"]);
  put(at.clock, time);
}

function beCalm() {
  at.night.addEventListener("click", wake);
  addEventListener("keydown", (event) => {
    if (at.night.hidden) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    wake();
  }, true);
  for (const touch of ["pointerdown", "keydown", "focusin"]) {
    addEventListener(touch, () => { if (root.dataset.rest || mayRest()) stir(); if (isWoken) wake(); });
  }
  setInterval(tellTime, CLOCK_MS);
  tellTime();
}
