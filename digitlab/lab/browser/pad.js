// The drawing pad.  Strokes of a mouse, a finger, a pen or the arrow keys, or a picture that is opened, dropped or
// pasted.  After each change it asks the server for answers, one question at a time and always about the newest
// drawing, and dispatches them as the event "digitlab-answers".  It waits between two questions as long as the
// answer took.  When a stroke ends it sends the drawing to the page.
const SIDE = 112; // pixels of what is sent: four for each of the 28
const PEN = 0.075; // of the pad's side
const FINE = 255; // steps of a coordinate in the ink that stands in the link
const KEY_STEP = 1 / 28;
const REST = 250; // milliseconds before a stroke by keyboard is sent

export default {
  template: `
    <div class="pad">
      <canvas ref="paper" class="pad-paper" tabindex="0" role="application"
        aria-label="Drawing pad. Draw with mouse, finger or pen; or arrow keys to move, space to put the pen down and to lift it."
        @pointerdown="press" @pointermove="move" @pointerup="lift" @pointercancel="lift"
        @keydown="key" @dragover.prevent @drop.prevent="drop"></canvas>
      <p class="pad-hint" v-show="empty" aria-hidden="true">draw a digit</p>
      <div class="row">
        <button type="button" class="button" @click="undo" :disabled="empty" title="Ctrl+Z">Undo</button>
        <button type="button" class="button" @click="clear" :disabled="empty" title="Escape">Clear</button>
        <label class="button">Open a picture
          <input ref="file" class="unseen" type="file" accept="image/*" @change="open($event.target.files[0])">
        </label>
      </div>
      <p class="problem" role="alert">{{ problem }}</p>
    </div>`,
  props: { models: Array, off: Array, ink: String },
  data: () => ({ empty: true, problem: "" }),
  mounted() {
    this.strokes = decode(this.ink);
    this.picture = null;
    this.cursor = [0.5, 0.5];
    this.penDown = this.byKey = false;
    this.watcher = new ResizeObserver(() => this.paint());
    this.watcher.observe(this.$refs.paper);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.scheme.addEventListener("change", this.paint);
    window.addEventListener("paste", this.paste);
    this.changed(true);
  },
  beforeUnmount() {
    this.watcher.disconnect();
    this.scheme.removeEventListener("change", this.paint);
    window.removeEventListener("paste", this.paste);
  },
  watch: {
    models: { deep: true, handler() { this.ask(); } },
    off: { deep: true, handler() { this.ask(); } },
    ink() {
      if (this.ink === encode(this.strokes)) return;
      this.strokes = decode(this.ink);
      this.picture = null;
      this.changed(true);
    },
  },
  methods: {
    press(event) {
      if (event.button !== 0) return;
      this.byKey = false;
      this.$refs.paper.setPointerCapture(event.pointerId);
      this.pointer = event.pointerId;
      this.strokes.push([this.place(event)]);
      this.changed(false);
    },
    move(event) {
      if (event.pointerId !== this.pointer) return;
      const events = event.getCoalescedEvents?.() ?? [];
      this.strokes.at(-1).push(...(events.length ? events : [event]).map(this.place));
      this.changed(false);
    },
    lift(event) {
      if (event.pointerId !== this.pointer) return;
      this.pointer = null;
      this.changed(true);
    },
    place(event) {
      const box = this.$refs.paper.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    },
    key(event) {
      const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      const along = moves[event.key];
      this.byKey = true;
      if (along) {
        this.cursor = this.cursor.map((value, axis) => Math.min(1, Math.max(0, value + along[axis] * KEY_STEP)));
        if (this.penDown) this.strokes.at(-1).push([...this.cursor]);
        this.changed(false);
        clearTimeout(this.resting);
        this.resting = setTimeout(() => this.penDown && this.changed(true), REST);
      } else if (event.key === " ") {
        this.penDown = !this.penDown;
        if (this.penDown) this.strokes.push([[...this.cursor]]);
        this.changed(true);
      } else if (event.key === "Escape" || event.key === "Delete") this.clear();
      else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) this.undo();
      else return;
      event.preventDefault();
    },
    undo() {
      if (this.strokes.length) this.strokes.pop();
      else this.picture = null;
      this.penDown = false;
      this.changed(true);
    },
    clear() {
      this.strokes = [];
      this.picture = null;
      this.penDown = false;
      this.problem = "";
      this.changed(true);
    },
    drop(event) {
      this.open(event.dataTransfer.files[0]);
    },
    paste(event) {
      const file = [...(event.clipboardData?.files ?? [])].find((item) => item.type.startsWith("image/"));
      if (file && this.$el.offsetParent) this.open(file);
    },
    async open(file) {
      if (!file) return;
      this.$refs.file.value = "";
      const response = await fetch("/lab/picture", { method: "POST", body: file }).catch(() => null);
      if (!response?.ok) {
        this.problem = await problemOf(response);
        return;
      }
      const { width, height, grey } = await response.json();
      this.strokes = [];
      this.problem = "";
      this.picture = pictureOf(width, height, grey);
      this.changed(true);
    },
    changed(ended) {
      this.empty = !this.strokes.length && !this.picture;
      this.since ??= performance.now();
      this.paint();
      this.ask();
      if (ended) this.$emit("drawn", { ink: this.picture ? "" : encode(this.strokes), ...this.sent() });
    },
    sent() {
      const { width, grey } = this.grey();
      return { width, grey: btoa(String.fromCharCode(...grey)) };
    },
    async ask() {
      this.fresh = false;
      if (this.asking) return;
      this.asking = true;
      while (!this.fresh) {
        this.fresh = true;
        const since = this.since ?? performance.now();
        this.since = null;
        const begun = performance.now();
        const { width, grey } = this.grey();
        const query = new URLSearchParams([["width", width]]);
        for (const model of this.models) query.append("models", model);
        for (const step of this.off) query.append("off", step);
        const response = await fetch(`/lab/answer?${query}`, { method: "POST", body: grey }).catch(() => null);
        if (response?.ok) {
          const detail = { ...(await response.json()), since };
          window.dispatchEvent(new CustomEvent("digitlab-answers", { detail }));
          this.problem = "";
        } else this.problem = await problemOf(response);
        // Who asks again at once, while others ask too, only makes all wait longer for answers to what is drawn over.
        if (!this.fresh) await new Promise((rested) => setTimeout(rested, performance.now() - begun));
      }
      this.asking = false;
    },
    // What is sent: dark ink on white paper, or the picture with what was drawn on it; a byte for each pixel.
    grey() {
      const [width, height] = this.picture ? [this.picture.width, this.picture.height] : [SIDE, SIDE];
      this.sheet ??= document.createElement("canvas");
      Object.assign(this.sheet, { width, height });
      const pen = this.sheet.getContext("2d", { willReadFrequently: true });
      pen.fillStyle = "white";
      pen.fillRect(0, 0, width, height);
      if (this.picture) pen.drawImage(this.picture, 0, 0);
      const side = Math.max(width, height);
      pen.translate((width - side) / 2, (height - side) / 2);
      drawStrokes(pen, this.strokes, side, "black");
      const colours = pen.getImageData(0, 0, width, height).data;
      return { width, grey: Uint8Array.from({ length: width * height }, (_, place) => colours[4 * place]) };
    },
    paint() {
      const paper = this.$refs.paper;
      if (!paper) return;
      const side = Math.max(1, Math.round(paper.clientWidth * devicePixelRatio));
      paper.width = paper.height = side;
      const pen = paper.getContext("2d");
      const colours = getComputedStyle(paper);
      if (this.picture) {
        const scale = side / Math.max(this.picture.width, this.picture.height);
        const [width, height] = [this.picture.width * scale, this.picture.height * scale];
        pen.drawImage(this.picture, (side - width) / 2, (side - height) / 2, width, height);
      }
      drawStrokes(pen, this.strokes, side, this.picture ? "black" : colours.color);
      if (this.byKey) this.paintCursor(pen, side, colours);
    },
    paintCursor(pen, side, colours) {
      const [x, y] = this.cursor.map((value) => value * side);
      pen.strokeStyle = colours.getPropertyValue("--accent");
      pen.lineWidth = 2 * devicePixelRatio;
      pen.beginPath();
      pen.arc(x, y, (PEN * side) / 2 + 3, 0, 2 * Math.PI);
      pen.stroke();
    },
  },
};

function drawStrokes(pen, strokes, side, colour) {
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = PEN * side;
  pen.lineCap = pen.lineJoin = "round";
  for (const stroke of strokes) {
    const points = stroke.map(([x, y]) => [x * side, y * side]);
    pen.beginPath();
    pen.moveTo(...points[0]);
    if (points.length === 1) pen.lineTo(...points[0]);
    // A curve through the middles between the points: smooth, however few of them the hand gave.
    for (let at = 1; at < points.length - 1; at++) {
      const [x, y] = points[at];
      pen.quadraticCurveTo(x, y, (x + points[at + 1][0]) / 2, (y + points[at + 1][1]) / 2);
    }
    if (points.length > 1) pen.lineTo(...points.at(-1));
    pen.stroke();
  }
}

// Strokes as text: two hexadecimal digits a coordinate, a dot between strokes; points too near to tell are left out.
function encode(strokes) {
  return strokes.map((stroke) => {
    let last = null;
    return stroke.map((point) => point.map((value) => Math.round(Math.min(1, Math.max(0, value)) * FINE)))
      .filter((point, at) => {
        const kept = !last || at === stroke.length - 1 || Math.hypot(point[0] - last[0], point[1] - last[1]) >= 4;
        if (kept) last = point;
        return kept;
      })
      .flat().map((value) => value.toString(16).padStart(2, "0")).join("");
  }).join(".");
}

function decode(ink) {
  return (ink || "").split(".").map((stroke) => (stroke.match(/[0-9a-f]{4}/g) ?? [])
    .map((point) => [parseInt(point.slice(0, 2), 16) / FINE, parseInt(point.slice(2), 16) / FINE]))
    .filter((stroke) => stroke.length);
}

function pictureOf(width, height, grey) {
  const sheet = document.createElement("canvas");
  Object.assign(sheet, { width, height });
  const bytes = Uint8Array.from(atob(grey), (letter) => letter.charCodeAt(0));
  const data = new ImageData(width, height);
  bytes.forEach((value, place) => data.data.set([value, value, value, 255], 4 * place));
  sheet.getContext("2d").putImageData(data, 0, 0);
  return sheet;
}

async function problemOf(response) {
  if (!response) return "The lab does not answer: is it still running?";
  const error = await response.json().catch(() => null);
  return error ? `${error.problem}: ${error.found}. ${error.remedy}` : `The lab refused this (${response.status}).`;
}
