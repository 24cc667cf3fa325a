/** A short sound for a message that comes while nobody looks. Off until the visitor or the site switches it on. */

import { sound } from "./storage.js";

let context = null;

export const isOn = () => sound.get() === true;

export function switchTo(on) {
  sound.set(on);
}

export function ring() {
  if (!isOn() || !window.AudioContext) return;
  context ??= new AudioContext();
  const tone = context.createOscillator();
  const volume = context.createGain();
  const now = context.currentTime;
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.08, now);
  volume.gain.exponentialRampToValueAtTime(0.001, now + 0.25);
  tone.connect(volume).connect(context.destination);
  tone.start(now);
  tone.stop(now + 0.25);
}
