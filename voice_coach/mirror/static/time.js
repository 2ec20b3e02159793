"use strict";
// Time: the coach's own clock, as the messages that came fastest tell it, and the countdown drawn by it.

const CLOCK_WINDOW_S = 60;
const SLOWEST_RING_MS = 150; // it agrees with the coach within 0.2 s
const FASTEST_RING_MS = 100; // a small computer draws no more than ten pictures a second

let clockSamples = [];
let nextDrawing = 0;

function learnClock(now) {
  const here = performance.now() / 1000;
  clockSamples = clockSamples.filter((sample) => here - sample.here < CLOCK_WINDOW_S).slice(-200);
  clockSamples.push({ here, ahead: here - now });
}

function coachNow() {
  return performance.now() / 1000 - Math.min(...clockSamples.map((sample) => sample.ahead));
}

function remainingSeconds({ ends_at: endsAt, remaining_seconds: remaining }) {
  return Math.max(0, Math.min(remaining, endsAt === null ? remaining : endsAt - coachNow())); // it begins with the bell
}

function digitsOf(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

let nextTick = 0;

function drawTimers() { // beside the mask; each changes at its own second
  clearTimeout(nextTick);
  const { timers } = state;
  drawList(at.timers, timers.length, () => {
    const item = document.createElement("li");
    item.append(document.createElement("span"), document.createElement("b"));
    return item;
  });
  reveal(at.timers, timers.length > 0);
  const waits = timers.map((timer, index) => {
    const left = remainingSeconds(timer), seconds = Math.ceil(left - 1e-6);
    const [name, digits] = at.timers.children[index].children;
    write(name, timer.name);
    write(digits, digitsOf(seconds));
    return left - (seconds - 1);
  });
  if (timers.length) nextTick = setTimeout(drawTimers, 1 + 1000 * Math.max(0.05, Math.min(...waits)));
}

function drawCountdown() { // digits change exactly at the second, the ring when it has moved by about a pixel
  clearTimeout(nextDrawing);
  const { countdown } = state;
  reveal(at.timer, Boolean(countdown));
  root.dataset.countdown = !countdown ? "" : countdown.ends_at === null ? "still" : "running";
  if (!countdown) return;
  const total = Math.max(countdown.total_seconds, 1);
  const left = remainingSeconds(countdown);
  const seconds = Math.ceil(left - 1e-6);
  const minutes = Math.ceil(seconds / 60);
  const digits = digitsOf(seconds);
  write(at.digits, digits);
  at.digits.classList.toggle("long", digits.length > 5);
  at.left.style.strokeDashoffset = String(1 - Math.min(1, left / total));
  const about = minutes > 1 ? "timer.minutes" : minutes ? "timer.one_minute" : "timer.over";
  write(at.about, fill(words[about], { minutes }));
  if (countdown.ends_at === null || left <= 0) return;
  const step = Math.min(SLOWEST_RING_MS, Math.max(FASTEST_RING_MS, 1000 * total / (Math.PI * at.ring.clientWidth || 1)));
  nextDrawing = setTimeout(drawCountdown, 1 + Math.min(step, 1000 * (left - (seconds - 1))));
}
