// The answer of each model to the drawing, in words, and the probabilities of all classes as bars.
export default {
  template: `
    <div class="answers">
      <section v-for="answer in shown" :key="answer.model" class="answer" :class="answer.status"
        :aria-label="'Answer of ' + answer.model">
        <h3>{{ answer.model }}</h3>
        <p class="answer-text" aria-live="polite">{{ answer.text }}</p>
        <table v-if="answer.classes">
          <caption class="unseen">Probabilities of {{ answer.model }}</caption>
          <tr v-for="(name, place) in answer.classes" :class="{ first: isFirst(answer, place) }">
            <th scope="row">{{ name }}</th>
            <td class="bar"><span :style="{ width: width(answer, place) }"></span></td>
            <td class="number">{{ percent(answer, place) }}</td>
          </tr>
        </table>
      </section>
      <p class="quiet pace">{{ pace }}</p>
    </div>`,
  props: { models: Array },
  data: () => ({ answers: [], pace: "" }),
  computed: {
    shown() {
      const known = Object.fromEntries(this.answers.map((answer) => [answer.model, answer]));
      return this.models.map((model) => known[model] ?? { model, status: "blank", text: "…" });
    },
  },
  mounted() {
    window.addEventListener("digitlab-answers", this.answered);
  },
  beforeUnmount() {
    window.removeEventListener("digitlab-answers", this.answered);
  },
  methods: {
    answered(event) {
      this.answers = event.detail.answers.map((answer) => (answer.problem ? { ...answer, status: "problem", text: answer.problem } : answer));
      this.$nextTick(() => {
        const milliseconds = Math.round(performance.now() - event.detail.since);
        const drawn = this.answers.some((answer) => answer.classes && answer.status !== "blank");
        this.pace = drawn ? `from the stroke to the bars: ${milliseconds} ms` : "";
        window.dispatchEvent(new CustomEvent("digitlab-shown", { detail: milliseconds }));
      });
    },
    width(answer, place) {
      return answer.status === "blank" ? "0" : `${100 * answer.probabilities[place]}%`;
    },
    isFirst(answer, place) {
      return answer.status !== "blank" && answer.probabilities[place] === Math.max(...answer.probabilities);
    },
    percent(answer, place) {
      if (answer.status === "blank") return "";
      const share = answer.probabilities[place];
      return share > 0.0005 ? `${(100 * share).toFixed(1)}%` : "0";
    },
  },
};
