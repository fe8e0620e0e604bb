"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const tip = byId("tip");
const GATE = "#A6DCC8";
const PHASES = { forward: ["#F1F3F5", "#D9DEE3"], backward: ["#FBF1F6", "#F0D3E2"], update: ["#EDF7F3", "#BFE5D7"] };
const count = (number) => number.toLocaleString("en-US");

// ---- shared: SVG elements, tips, values with units ----

function draw(parent, name, attributes = {}, text = null) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  parent.append(element);
  return element;
}

function canvasOf(parent, width, height, label) {
  return draw(parent, "svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label });
}

function explain(element, text) {
  element.addEventListener("pointermove", (event) => showTip(event, text));
  element.addEventListener("pointerleave", () => (tip.style.display = "none"));
}

function showTip(event, text) {
  tip.textContent = text;
  tip.style.display = "block";
  const fits = event.clientX + 14 + tip.offsetWidth <= innerWidth;
  const left = fits ? event.clientX + 14 : event.clientX - tip.offsetWidth - 10;
  tip.style.left = `${left}px`;
  tip.style.top = `${event.clientY + 14}px`;
}

function withUnit(value, symbol) {
  if (value === 0) return `0 ${symbol}`;
  const prefixes = { "-15": "f", "-12": "p", "-9": "n", "-6": "µ", "-3": "m", 0: "", 3: "k" };
  const exponent = Math.min(3, Math.max(-15, 3 * Math.floor(Math.log10(Math.abs(value)) / 3 + 1e-9)));
  return `${Number((value / 10 ** exponent).toPrecision(4))} ${prefixes[exponent]}${symbol}`;
}

function niceSteps(low, high, most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const steps = [];
  for (let value = Math.ceil(low / step) * step; value <= high + 1e-9 * step; value += step) {
    steps.push(Number(value.toPrecision(12)));
  }
  return steps;
}

function lineName(population, line) {
  return population.bias && line === population.lines - 1 ? "bias" : String(line);
}

function fill(select, options) {
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}

// ---- learning curve ----

function curves(title, series, logarithmic) {
  const width = 570, height = 290, left = 62, right = 12, top = 48, bottom = 42;
  const svg = canvasOf(byId("learning"), width, height, title);
  const last = data.learning.ends[data.learning.ends.length - 1];
  const values = series.flatMap((one) => one.y).filter((value) => !logarithmic || value > 0);
  let low = Math.min(...values), high = Math.max(...values);
  if (logarithmic) [low, high] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high) + 1e-9)];
  else [low, high] = [Math.max(0, 10 * Math.floor(low / 10 - 1e-9)), 100];
  const x = (frame) => left + (frame / last) * (width - left - right);
  const y = (value) =>
    top + ((high - (logarithmic ? Math.log10(value) : value)) / (high - low)) * (height - top - bottom);
  draw(svg, "text", { x: 0, y: 12, "font-weight": "bold" }, title);
  const ticks = logarithmic
    ? Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step))
    : niceSteps(low, high, 6);
  for (const value of ticks) {
    draw(svg, "line", { x1: left, x2: width - right, y1: y(value), y2: y(value), stroke: "#D5D5D5" });
    draw(svg, "text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, count(value));
  }
  for (const frame of niceSteps(0, last, 6)) {
    draw(svg, "text", { x: x(frame), y: height - 24, "text-anchor": "middle" }, count(frame));
  }
  draw(svg, "text", { x: (left + width - right) / 2, y: height - 7, "text-anchor": "middle" }, "training frames");
  for (const end of data.learning.ends) {
    const place = { x1: x(end), x2: x(end), y1: top, y2: height - bottom };
    draw(svg, "line", { ...place, stroke: "#BFBFBF", "stroke-dasharray": "1 3" });
  }
  let key = left;
  for (const one of series) {
    draw(svg, "line", { x1: key, x2: key + 16, y1: 30, y2: 30, stroke: one.colour, "stroke-width": 3 });
    key += 26 + draw(svg, "text", { x: key + 20, y: 34 }, one.name).getComputedTextLength() + 10;
    const points = one.y.map((value, index) => [one.x[index], value]).filter(([, value]) => !logarithmic || value > 0);
    draw(svg, "polyline", {
      points: points.map(([frame, value]) => `${x(frame)},${y(value)}`).join(" "),
      fill: "none", stroke: one.colour, "stroke-width": 1.6,
    });
    points.forEach(([frame, value], index) => {
      const mark = draw(svg, "circle", { cx: x(frame), cy: y(value), r: one.marks ? 4 : 2.5, fill: one.colour });
      const at = one.at ? one.at(index) : `around training frame ${count(Math.round(frame))}`;
      explain(mark, `${one.name}: ${Number(value.toPrecision(4))}${one.unit}\n${at}`);
    });
  }
}

function drawLearning() {
  if (!data.learning) return void (byId("learning").textContent = "The trace holds no training frame yet.");
  const { frames, online, test, pulses } = data.learning;
  const accuracy = [{ name: "online", x: frames, y: online, colour: data.colours.negative, unit: " %" }];
  if (test.frames.length) {
    const at = (index) => `after epoch ${test.epoch[index]}`;
    const look = { colour: data.colours.positive, unit: " %", marks: true };
    accuracy.push({ name: "test samples", x: test.frames, y: test.accuracy, ...look, at });
  }
  curves("correct answers (%)", accuracy, false);
  const kinds = Object.entries(pulses).filter(([, means]) => means.some((value) => value > 0));
  const series = kinds.map(([kind, means]) =>
    ({ name: kind, x: frames, y: means, colour: data.colours[kind], unit: " pulses per frame" }));
  if (series.length) curves("pulses per training frame", series, true);
}

// ---- timing diagram ----

let shownSlots = [0, data.frameSlots];

function barText(population, kind, start, stop, line, polarity) {
  const sign = { "-1": ", negative", 0: "", 1: ", positive" }[polarity];
  const time = `${withUnit(start * data.slot, "s")} to ${withUnit(stop * data.slot, "s")}`;
  const slots = stop - start === 1 ? `slot ${start}` : `slots ${start} to ${stop - 1}`;
  const name = `${population.name} line ${lineName(population, line)}`;
  return `${name}: ${kind}${sign}\n${slots}, width ${stop - start}\n${time}`;
}

/** Bars of a population in a frame: gates first, so that pulses lie above them. */
function barsOf(frame, population) {
  const gates = frame.gates[population.name];
  const bars = gates.line.map((line, index) =>
    ({ kind: "open gate", start: gates.start[index], stop: gates.stop[index], line, polarity: 0, colour: GATE }));
  for (const group of frame.bars.filter((one) => one.population === population.name)) {
    group.line.forEach((line, index) => {
      const polarity = group.polarity[index];
      const colour = polarity ? data.colours[polarity > 0 ? "positive" : "negative"] : data.colours[group.kind];
      const kind = group.kind === "refresh" ? "refresh" : `${group.kind} pulse`;
      bars.push({ kind, start: group.start[index], stop: group.stop[index], line, polarity, colour });
    });
  }
  return bars.filter((bar) => bar.stop > bar.start);
}

function drawTiming() {
  const frame = data.frames[byId("frame").selectedIndex];
  const kind = frame.learn ? "training" : "evaluation";
  const sample = `sample ${count(frame.sample)}, class ${frame.label}, answer ${frame.prediction}`;
  byId("frameText").textContent = `Frame ${count(frame.frame)} (epoch ${frame.epoch}, ${kind}): ${sample}`;
  [byId("start").value, byId("stop").value] = shownSlots;
  const [first, last] = shownSlots, wanted = byId("population").value, row = 12, left = 110, width = 1120, top = 44;
  const x = (slot) => left + ((Math.min(last, Math.max(first, slot)) - first) / (last - first)) * (width - left - 10);
  const panels = data.populations.filter((one) => wanted === "" || one.name === wanted).map((population) => {
    const bars = barsOf(frame, population).filter((bar) => bar.start < last && bar.stop > first);
    const active = new Set(bars.map((bar) => bar.line));
    const lines = Array.from({ length: population.lines }, (_, line) => line)
      .filter((line) => byId("silent").checked || active.has(line));
    return { population, bars, lines };
  });
  const height = top + panels.reduce((sum, panel) => sum + row * Math.max(1, panel.lines.length) + 26, 0) + 34;
  byId("timing").replaceChildren();
  const svg = canvasOf(byId("timing"), width, height, "timing diagram");
  const inside = data.phases.filter((phase) => phase.start < last && phase.stop > first);
  for (const phase of inside) {
    const box = { x: x(phase.start), width: x(phase.stop) - x(phase.start) };
    draw(svg, "rect", { ...box, y: top, height: height - top - 34, fill: PHASES[phase.kind][0], class: "shade" });
    const look = { fill: PHASES[phase.kind][1], stroke: "white", class: "phase" };
    const strip = draw(svg, "rect", { ...box, y: 18, height: 20, ...look });
    const middle = { x: box.x + box.width / 2, y: 32, "text-anchor": "middle" };
    draw(svg, "text", { ...middle, "pointer-events": "none" }, phase.name);
    strip.addEventListener("click", () => showSlots(phase.start, phase.stop));
    explain(strip, `${phase.name}: slots ${phase.start} to ${phase.stop - 1}\nclick to zoom`);
  }
  let y = top;
  for (const { population, bars, lines } of panels) {
    draw(svg, "text", { x: 0, y: y + 14, "font-weight": "bold" }, population.name);
    draw(svg, "text", { x: left, y: y + 14, class: "quiet" }, `${lines.length} of ${population.lines} lines`);
    y += 20;
    const place = new Map(lines.map((line, index) => [line, y + index * row]));
    for (const [line, at] of place) {
      const name = lineName(population, line);
      draw(svg, "text", { x: left - 6, y: at + 9.5, "text-anchor": "end", "font-size": 9.5 }, name);
      const ends = { x1: left, x2: width - 10, y1: at + 10.5, y2: at + 10.5 };
      draw(svg, "line", { ...ends, stroke: "#D5D5D5", "stroke-width": 0.6 });
    }
    for (const bar of bars) {
      const at = place.get(bar.line) + (bar.polarity < 0 ? 5.5 : 0.5);
      const box = { x: x(bar.start), width: x(bar.stop) - x(bar.start), y: at, height: bar.polarity ? 5 : 10 };
      const look = { fill: bar.colour, stroke: "white", "stroke-width": 0.4, class: "bar" };
      const element = draw(svg, "rect", { ...box, ...look });
      explain(element, barText(population, bar.kind, bar.start, bar.stop, bar.line, bar.polarity));
    }
    y += row * Math.max(1, lines.length) + 6;
  }
  for (const slot of niceSteps(first, last, 14).filter(Number.isInteger)) {
    draw(svg, "text", { x: x(slot), y: height - 18, "text-anchor": "middle" }, String(slot));
  }
  const label = `slot of the frame (1 slot = ${withUnit(data.slot, "s")})`;
  draw(svg, "text", { x: (left + width) / 2, y: height - 3, "text-anchor": "middle" }, label);
}

function showSlots(start, stop) {
  const whole = Number.isInteger(start) && Number.isInteger(stop);
  if (!(whole && 0 <= start && start < stop && stop <= data.frameSlots)) return drawTiming();
  const again = shownSlots[0] === start && shownSlots[1] === stop;
  shownSlots = again ? [0, data.frameSlots] : [start, stop];
  drawTiming();
}

function setUpFrames() {
  const held = data.frames.length;
  const recorded = count(data.nRecorded), all = count(data.nFrames);
  const which = `${held === data.nRecorded ? "all" : "the first"} ${count(held)} of ${recorded} recorded frames`;
  byId("held").textContent = held
    ? `This page holds the pulses of ${which}; the trace has ${all} frames.`
    : `This page holds the pulses of no frame; ${recorded} of ${all} frames of the trace were recorded.`;
  if (!held) return;
  byId("frames").hidden = false;
  const named = (one) => `${one.frame}: class ${one.label}, answer ${one.prediction}`;
  fill(byId("frame"), data.frames.map((one, index) => [index, named(one)]));
  fill(byId("population"), [["", "all"], ...data.populations.map((one) => [one.name, one.name])]);
  const keys = [
    ["forward pulse", data.colours.forward], ["backward or error pulse, positive (up)", data.colours.positive],
    ["negative (down)", data.colours.negative], ["open gate", GATE], ["refresh", data.colours.refresh],
  ];
  const key = ([text, colour]) => `<span class="key"><i style="background:${colour}"></i>${text}</span>`;
  byId("keys").innerHTML = keys.map(key).join("");
  const step = (by) => {
    byId("frame").selectedIndex = Math.min(held - 1, Math.max(0, byId("frame").selectedIndex + by));
    drawTiming();
  };
  byId("earlier").onclick = () => step(-1);
  byId("later").onclick = () => step(1);
  byId("whole").onclick = () => { shownSlots = [0, data.frameSlots]; drawTiming(); };
  for (const id of ["frame", "population", "silent"]) byId(id).onchange = drawTiming;
  const show = () => showSlots(byId("start").valueAsNumber, byId("stop").valueAsNumber);
  for (const id of ["start", "stop"]) byId(id).onchange = show;
  drawTiming();
}

// ---- conductance map ----

/** Colours from low to high: one that only gets lighter for conductances, and one with a neutral middle for weights. */
const RAMPS = {
  conductance: [[0, 34, 78], [59, 73, 108], [112, 113, 115], [165, 156, 116], [254, 232, 56]],
  weight: [[0, 114, 178], [247, 247, 247], [213, 94, 0]],
};

function colourAt(ramp, share) {
  const place = Math.min(1, Math.max(0, share)) * (ramp.length - 1);
  const below = Math.min(ramp.length - 2, Math.floor(place));
  return ramp[below].map((low, channel) => low + (place - below) * (ramp[below + 1][channel] - low));
}

/** G+ and G- of a layer in a snapshot, as shares of the range. */
function levels(layer, snapshot) {
  const text = atob(layer.snapshots[snapshot]), number = layer.in * layer.out;
  const level = (index) => text.charCodeAt(2 * index) + 256 * text.charCodeAt(2 * index + 1);
  const share = (index) => level(index) / data.conductance.levels;
  return Array.from({ length: number }, (_, index) => [share(index), share(number + index)]);
}

let mapped = null;

function paint(canvas, width, height, colour) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  for (let index = 0; index < width * height; index++) image.data.set([...colour(index), 255], 4 * index);
  context.putImageData(image, 0, 0);
}

function drawMap() {
  const all = data.conductance, layer = all.layers[byId("layer").selectedIndex];
  const snapshot = byId("snapshot").valueAsNumber, quantity = byId("quantity").value;
  const isWeight = quantity === "weight", ramp = isWeight ? RAMPS.weight : RAMPS.conductance;
  const pairs = levels(layer, snapshot);
  const values = pairs.map(([plus, minus]) => (isWeight ? plus - minus : quantity === "plus" ? plus : minus));
  const limit = isWeight ? values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9) : 1;
  const share = (value) => (isWeight ? 0.5 + value / (2 * limit) : value);
  paint(byId("map"), layer.out, layer.in, (index) => colourAt(ramp, share(values[index])));
  const cell = Math.max(1, Math.floor(Math.min(1100 / layer.out, 620 / layer.in, 24)));
  const wide = Math.max(cell, Math.min(4 * cell, Math.floor(500 / layer.out)));
  byId("map").style.width = `${wide * layer.out}px`;
  byId("map").style.height = `${cell * layer.in}px`;
  paint(byId("scale"), 220, 1, (index) => colourAt(ramp, index / 219));
  byId("low").textContent = isWeight ? (-limit).toFixed(3) : `G_min = ${withUnit(all.min, "S")}`;
  byId("high").textContent = isWeight ? limit.toFixed(3) : `G_max = ${withUnit(all.max, "S")}`;
  const down = `${layer.in} ${layer.before} lines, the last is the bias line`;
  byId("axes").textContent = `Across: ${layer.out} ${layer.after} neurons; down: ${down}.`;
  const frame = all.frames[snapshot];
  byId("snapshotText").textContent = frame < 0 ? "before training" : `after frame ${count(frame)}`;
  mapped = { layer, pairs };
}

function explainMap(event) {
  const box = byId("map").getBoundingClientRect(), { layer, pairs } = mapped;
  const neuron = Math.floor(((event.clientX - box.left) / box.width) * layer.out);
  const line = Math.floor(((event.clientY - box.top) / box.height) * layer.in);
  const pair = pairs[line * layer.out + neuron];
  if (!pair || neuron < 0 || neuron >= layer.out) return void (tip.style.display = "none");
  const G = (share) => withUnit(data.conductance.min + share * (data.conductance.max - data.conductance.min), "S");
  const name = line === layer.in - 1 ? "bias" : line;
  const weight = (pair[0] - pair[1]).toFixed(4);
  const where = `${layer.before} line ${name} → ${layer.after} neuron ${neuron}`;
  showTip(event, `${where}\nG+ ${G(pair[0])}\nG- ${G(pair[1])}\nweight ${weight}`);
}

function setUpMaps() {
  const all = data.conductance;
  byId(all ? "maps" : "noMap").hidden = false;
  if (!all) return;
  fill(byId("layer"), all.layers.map((layer) => [layer.name, `${layer.name}: ${layer.before} → ${layer.after}`]));
  byId("snapshot").max = all.frames.length - 1;
  byId("snapshot").value = all.frames.length - 1;
  byId("shown").textContent = `This page holds ${all.frames.length} of ${all.number} snapshots.`;
  for (const id of ["layer", "quantity", "snapshot"]) byId(id).oninput = drawMap;
  byId("map").onpointermove = explainMap;
  byId("map").onpointerleave = () => (tip.style.display = "none");
  drawMap();
}

document.title = `pulsenet trace: ${data.run}`;
byId("run").textContent = `${data.run}${data.complete ? "" : " · not finished"}`;
drawLearning();
setUpFrames();
setUpMaps();
