// The 28×28 pixels that a model gets.  Point at one, or use the arrow keys, to read its value; where
// the image is editable, a click or the space bar flips a pixel between black and white.
const SIDE = 28;

export default {
  template: `
    <figure class="pixels">
      <div class="pixels-frame">
        <canvas ref="pixels" width="28" height="28" tabindex="0" :role="editable ? 'application' : 'img'"
          :aria-label="label + '. Arrow keys read the pixels' + (editable ? ', space changes one.' : '.')"
          @pointerdown="press" @pointermove="move" @pointerup="lift" @pointerleave="leave" @keydown="key"
          @blur="leave"></canvas>
        <span class="pixels-cursor" v-if="at !== null" :style="cursor" aria-hidden="true"></span>
      </div>
      <figcaption aria-live="polite">{{ caption }}</figcaption>
    </figure>`,
  props: { image: String, editable: Boolean, live: Boolean, label: String },
  data: () => ({ at: null, values: new Uint8Array(SIDE * SIDE) }),
  computed: {
    caption() {
      if (this.at === null) return this.label;
      return `row ${Math.floor(this.at / SIDE)}, column ${this.at % SIDE}: ${this.values[this.at]}`;
    },
    cursor() {
      const part = 100 / SIDE;
      return { left: `${(this.at % SIDE) * part}%`, top: `${Math.floor(this.at / SIDE) * part}%` };
    },
  },
  watch: {
    image() { this.take(this.image); },
  },
  mounted() {
    this.take(this.image);
    if (this.live) window.addEventListener("digitlab-answers", this.answered);
  },
  beforeUnmount() {
    window.removeEventListener("digitlab-answers", this.answered);
  },
  methods: {
    answered(event) {
      if (event.detail.image) this.take(event.detail.image);
    },
    take(image) {
      if (!image || this.inked !== undefined) return;
      this.values = Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0));
      this.paint();
    },
    paint() {
      const data = new ImageData(SIDE, SIDE);
      this.values.forEach((value, place) => data.data.set([value, value, value, 255], 4 * place));
      this.$refs.pixels.getContext("2d").putImageData(data, 0, 0);
    },
    place(event) {
      const box = this.$refs.pixels.getBoundingClientRect();
      const [column, row] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
        .map((share) => Math.min(SIDE - 1, Math.max(0, Math.floor(share * SIDE))));
      return row * SIDE + column;
    },
    press(event) {
      if (!this.editable || event.button !== 0) return;
      this.$refs.pixels.setPointerCapture(event.pointerId);
      this.inked = this.values[this.place(event)] < 128 ? 255 : 0;
      this.put(this.place(event), this.inked);
    },
    move(event) {
      this.point(this.place(event));
      if (this.inked !== undefined) this.put(this.at, this.inked);
    },
    lift() {
      if (this.inked === undefined) return;
      this.inked = undefined;
      this.tell();
    },
    leave() {
      this.point(null);
    },
    key(event) {
      const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -SIDE, ArrowDown: SIDE };
      if (event.key in moves) {
        const next = this.at === null ? SIDE * (SIDE / 2) + SIDE / 2 : this.at + moves[event.key];
        if (next >= 0 && next < SIDE * SIDE) this.point(next);
      } else if (event.key === " " && this.editable && this.at !== null) {
        this.put(this.at, this.values[this.at] < 128 ? 255 : 0);
        this.tell();
      } else return;
      event.preventDefault();
    },
    point(place) {
      if (place === this.at) return;
      this.at = place;
      this.$emit("pixel", place);
    },
    put(place, value) {
      if (this.values[place] === value) return;
      this.values[place] = value;
      this.paint();
      this.soon ??= setTimeout(this.tell, 60);
    },
    tell() {
      clearTimeout(this.soon);
      this.soon = undefined;
      this.$emit("edited", btoa(String.fromCharCode(...this.values)));
    },
  },
};
