"""Panels of a figure, and what is written in it."""

import matplotlib


def panel(figure, name):
    """The panel of a population or layer."""
    return next(axes for axes in figure.axes if axes.get_ylabel().startswith(name))


def texts(figure):
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text)]


def titled_panel(figure, name):
    return next(axes for axes in figure.axes if name in axes.get_title(loc="left") + axes.get_ylabel())
