// An input for a number.  Text being typed stays when the page updates; the page gets it when the input is left.
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
