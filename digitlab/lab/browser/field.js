// A field for a number.  What is being typed stays, whatever else on the page changes; the page hears of it at its end.
export default {
  template: `<input ref="field" type="number" @change="$emit('written', $event.target.value)">`,
  props: { value: String },
  watch: {
    value() { this.$refs.field.value = this.value; },
  },
  mounted() {
    this.$refs.field.value = this.value;
  },
};
