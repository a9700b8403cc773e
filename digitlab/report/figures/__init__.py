"""The figures of a report, each a list of panels that become SVG or PNG (imports matplotlib)."""

from digitlab.report.figures.curves import curves_svg

__all__ = ["curves_svg"]
