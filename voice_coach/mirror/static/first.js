"use strict";
// The first start: on the coach's own screen a picture invites a phone, and the language can be chosen.

const INVITE_MS = 5000;

let hasAsked = false;
let invitation = { url: "", code: "", picture: [] }; // none, where no phone can come, or one is paired

const isFirstStart = () => Boolean(state && state.first_start && isHere && state.phase === "idle" && !state.pain);

function drawFirst(scene) {
  const isInviting = invitation.picture.length > 0;
  const isShown = isFirstStart() && scene === "idle" && (isInviting || state.languages.length > 0);
  if (isFirstStart() && !hasAsked) { hasAsked = true; invite(); }
  root.dataset.first = isShown ? "open" : "";
  reveal(at.first, isShown);
  if (!isShown) return;
  drawGroup(at.languages, state.languages);
  reveal(at["code-picture"], isInviting);
  reveal(at.scan, isInviting);
  if (isInviting) drawInvitation();
}

function drawInvitation() {
  const { url, code, picture } = invitation;
  put(at.type, fill(words["first.type"], { url: url.replace(/^http:\/\/|\/$/g, ""), code }));
  const drawing = at["code-picture"].firstElementChild;
  drawing.setAttribute("viewBox", `0 0 ${picture.length} ${picture.length}`);
  const dark = picture.flatMap((row, y) => [...row].map((one, x) => (one === "1" ? `M${x} ${y}h1v1h-1z` : "")));
  drawing.firstElementChild.setAttribute("d", dark.join(""));
}

async function invite() { // again and again: the code changes, the network comes, a phone is paired
  if (!isFirstStart() || connection !== "open" || root.dataset.night) return;
  try {
    if (!token && await pair("") !== 200) return;
    const answer = await ask("invitation", {}, ANSWER_WITHIN_MS);
    if (answer.status === 401) token = null; // of an earlier run
    if (!answer.ok) return;
    invitation = await answer.json();
    draw();
  } catch { /* It did not answer. */ }
}

function beFirst() {
  setInterval(invite, INVITE_MS);
}
