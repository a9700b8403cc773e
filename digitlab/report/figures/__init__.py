"""The figures of a report, each a list of panels that become SVG or PNG (imports matplotlib)."""
