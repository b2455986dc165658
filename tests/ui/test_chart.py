"""Charts: what there is to be drawn, in which range, and what is then to be seen, pixel by pixel."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QWheelEvent
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from grapheditor.runs.following import Curve, Sight
from grapheditor.runs.lease import Beat, Look
from grapheditor.runs.means import Smoothed
from grapheditor.runs.record import Progress, Record
from grapheditor.ui import style
from grapheditor.ui.app import application
from grapheditor.ui.canvas.painting import painting
from grapheditor.ui.plots.chart import Chart
from grapheditor.ui.plots.choices import Choices
from grapheditor.ui.plots.declared import at_first, declared
from grapheditor.ui.plots.figures import calm, decades, span, written
from grapheditor.ui.plots.lines import Lines, ShownRun
from grapheditor.ui.plots.pace import Pace
from grapheditor.ui.plots.signs import SIGNS, colour_of, sign_of
from grapheditor.ui.plots.wall import Wall
from grapheditor.ui.theme import THEMES

DARK = THEMES["dark"]


def curve(values, first: int = 1, every: int = 1) -> Curve:
    values = np.asarray(values, float)
    return Curve(first + every * np.arange(len(values)), values)


def sight(steps=None, epochs=None, *, seed: int = 0, graph: str = "g", minimise=("loss",), name: str = "run") -> Sight:
    recipe = {"seed": seed, "objectives": [{"minimise": loss} for loss in minimise]}
    count = max((len(values) for values in (steps or {}).values()), default=100)
    record = Record("finished", graph=graph, recipe=recipe, progress=Progress(10, 10, count, count, 1))
    of_steps = {key: curve(values) for key, values in (steps or {}).items()}
    of_epochs = {key: curve(values, 10, 10) for key, values in (epochs or {}).items()}
    return Sight(Path(name), record, Look("finished", Beat()), 0, 0.0, 0.0, of_steps, of_epochs, True, False)


def runs_of(*sights: Sight) -> list[ShownRun]:
    return [ShownRun(item.folder.name, place, item) for place, item in enumerate(sights)]


# What there is


def test_charts_follow_from_what_a_run_measures():
    one = sight(
        {key: [1.0] for key in ("loss", "accuracy", "learning_rate", "gradient_norm", "memory")},
        {"epoch": [1], "train_loss": [1], "validation_loss": [1], "test_loss": [1], "validation_f1": [0.5]},
    )
    plots = declared([one])
    assert [plot.key for plot in plots] == ["loss", "accuracy", "f1", "learning_rate", "gradient_norm", "memory"]
    assert [part.name for part in plots[0].parts] == ["batch", "train", "validation", "test"]
    assert [plot.unit for plot in plots] == ["", "share", "share", "", "", "bytes"]
    assert at_first(plots) == {"loss", "accuracy"}


def test_several_objectives_have_a_loss_each_and_their_rates_in_one_chart():
    names = ("fake", "real", "learning_rate_fake", "learning_rate_real")
    plots = declared([sight({key: [1.0] for key in names}, minimise=("fake", "real"))])
    assert [(plot.key, plot.first) for plot in plots] == [("fake", 0), ("real", 0), ("learning_rate", 2)]
    assert [part.name for part in plots[2].parts] == ["fake", "real"]


def test_values_are_written_with_their_unit():
    assert written(97.25, "share") == "97.2 %"
    assert written(3 * 2**30, "bytes") == "3 GB"
    assert written(3412.4, "rate") == "3,412"
    assert written(0.000123456, "") == "0.0001235"
    assert written(np.nan, "") == "not a number"


# Ranges


def test_a_single_bad_batch_does_not_press_the_curve_flat():
    losses = np.full(1000, 0.5)
    losses[500] = 1e6
    low, high = span([losses], percent=False)
    assert low == 0.0
    assert high < 1.0


def test_a_short_curve_is_shown_whole():
    assert span([np.array([2.3, 0.4, 0.1])], percent=False) == (0.0, 2.3)
    assert span([np.array([-4.0, -5.0])], percent=False) == (-5.0, -4.0)
    assert span([np.array([])], percent=False) == (0.0, 1.0)
    assert span([np.array([0.0, 0.0, np.nan])], percent=False) == (0.0, 1.0)


def test_shares_get_whole_tens():
    assert span([np.array([91.2, 98.4]), np.array([93.0])], percent=True) == (90.0, 100.0)
    assert span([np.array([100.0, 100.0])], percent=True) == (90.0, 100.0)
    assert span([np.array([9.0, 42.0])], percent=True) == (0.0, 50.0)
    assert span([], percent=True) == (0.0, 100.0)


def test_a_logarithmic_range_leaves_out_what_has_no_logarithm():
    assert decades([np.array([100.0, 1.0, 0.0, -5.0])]) == (0.0, 2.0)
    assert decades([np.array([0.0])]) == (-1.0, 0.0)
    low, high = decades([np.array([0.1, 0.1])])
    assert low < -1 < high


def test_a_range_changes_seldom():
    assert [calm(0.0, high) for high in (2.21, 2.25, 2.29)] == [(0.0, pytest.approx(2.3))] * 3


# What is to be seen


@pytest.fixture
def chart(qtbot):
    """A chart of a loss, shown."""
    style.apply(application(), DARK)
    made = Chart(declared([sight({"loss": [1.0]})])[0], DARK)
    made.resize(640, 260)
    made.show()
    qtbot.addWidget(made)
    qtbot.waitExposed(made)
    return made


def choices_with(**chosen) -> Choices:
    choices = Choices()
    for name, value in chosen.items():
        setattr(choices, name, value)
    return choices


def show(chart, *sights, logarithmic: bool = False, seen=None, whole=None, **chosen):
    choices = choices_with(**chosen)
    plot = declared(sights)[0]
    lines = Lines().of(plot, runs_of(*sights), choices)
    chart.show_lines(plot, lines, choices.along, logarithmic=logarithmic)
    chart.fit(whole or (0.0, 10.0), seen)
    QApplication.processEvents()
    return lines


def seen_in(chart, colour: str) -> np.ndarray:
    """Return, for each pixel inside the axes, whether it has a hue."""
    chart.figure.repaint()
    image = chart.figure.grab().toImage()
    box = chart.figure.box.sceneBoundingRect().toRect()
    hue = DARK.colour(colour).hue()
    found = np.zeros((box.height(), box.width()), bool)
    for y in range(box.height()):
        for x in range(box.width()):
            pixel = image.pixelColor(box.left() + x, box.top() + y)
            found[y, x] = pixel.saturation() > 60 and pixel.value() > 90 and abs(pixel.hue() - hue) < 14
    return found


def place(chart, x: float, y: float) -> tuple[int, int]:
    """Return the pixel of a point, as the axes have it."""
    found = chart.figure.box.mapFromView(QPointF(x, y))
    return round(found.x()), round(found.y())


def timed(steps, seconds, **more) -> Sight:
    found = sight({"loss": np.linspace(2.0, 1.0, 100)}, **more)
    return replace(found, steps=found.steps | {"seconds": Curve(np.array(steps), np.array(seconds))})


def test_along_time_a_curve_stands_where_its_run_was_by_then(chart):
    one = timed([10, 50, 100], [5.0, 10.0, 60.0])
    lines = show(chart, one, along="time", whole=(0.0, 60.0))
    assert [plot.key for plot in declared([one])] == ["loss"], "time is no chart"
    assert lines[0].curve.steps[[9, 49, 99]].tolist() == [5e6, 10e6, 60e6]
    assert lines[0].curve.steps[4] == 2.5e6, "from nothing at the beginning"
    there = seen_in(chart, "accent")
    for x, y in ((2.5, 1.96), (10.0, 1.505), (35.0, 1.25)):
        column, row = place(chart, x, y)
        assert there[row - 3 : row + 4, column].any(), (x, y)
    chart.point(35.0)
    assert chart.figure.readout.text.startswith("after 35.0 s")
    bottom = chart.figure.bottom
    assert bottom.labelText == "time"
    bottom.setRange(0, 7000)
    assert bottom.tickStrings([0, 65, 3725], 1.0, 60.0) == ["0", "1:05", "1:02:05"]
    assert bottom.tickSpacing(0, 7000, 700) == [(900.0, 0.0)]
    show(chart, one, along="steps", whole=(0.0, 100.0))
    assert bottom.tickStrings([10.0], 1.0, 10.0) == ["10"]


def test_what_came_after_the_last_gauge_goes_on_at_the_same_rate():
    (run,) = runs_of(timed([10, 50], [5.0, 25.0]))
    assert run.seconds_at(np.array([5, 50, 100])).tolist() == [2.5, 25.0, 50.0]


def test_an_older_run_is_spread_over_the_time_it_took():
    one = sight({"loss": np.linspace(2.0, 1.0, 100)})
    record = replace(one.record, started="2026-01-01T10:00:00+00:00", ended="2026-01-01T10:03:20+00:00")
    (run,) = runs_of(replace(one, record=record))
    assert run.seconds_at(np.array([50, 100])).tolist() == [100.0, 200.0]
    (unknown,) = runs_of(one)
    assert not len(unknown.seconds_at(np.array([50])))
    lines = Lines().of(declared([one])[0], [unknown], choices_with(along="time"))
    assert not any(len(line.curve.steps) for line in lines), "what is not known is not drawn"


def test_runs_are_compared_along_time(chart):
    slow, fast = timed([100], [100.0], name="slow"), timed([100], [20.0], name="fast", seed=1)
    lines = show(chart, slow, fast, along="time", whole=(0.0, 100.0))
    ends = {line.name: line.curve.steps[-1] / line.per for line in lines}
    assert ends == {"slow": 100.0, "fast": 20.0}
    together = show(chart, slow, fast, along="time", whole=(0.0, 100.0), together=True)
    assert together[0].deviation is not None


def test_a_curve_goes_where_its_values_are(chart):
    show(chart, sight({"loss": np.linspace(2.0, 1.0, 100)}))
    there = seen_in(chart, "accent")
    for x, y in ((1.0, 1.909), (5.0, 1.505), (9.5, 1.05)):
        column, row = place(chart, x, y)
        assert there[row - 2 : row + 3, column].any(), (x, y)
        assert not there[row + 8 :, column].any()


def test_one_high_point_of_a_hundred_thousand_is_seen(chart):
    values = np.full(100_000, 0.5)
    values[70_000:72_000] = 0.9
    values[71_000] = 1.0
    show(chart, sight({"loss": values}))
    column, row = place(chart, 7.1, 0.94)
    assert seen_in(chart, "accent")[row - 1 : row + 2, column - 2 : column + 3].any()


def test_a_gap_of_no_numbers_is_a_gap(chart):
    values = np.full(100, 1.0)
    values[40:60] = np.nan
    show(chart, sight({"loss": values}))
    there = seen_in(chart, "accent")
    assert there[:, place(chart, 3.0, 1.0)[0]].any()
    assert not there[:, place(chart, 5.0, 1.0)[0]].any()


def test_on_a_logarithmic_axis_an_exponential_is_straight(chart):
    values = 10.0 ** np.linspace(0, -4, 100)
    show(chart, sight({"loss": values}), logarithmic=True)
    there = seen_in(chart, "accent")
    for x in (2.0, 5.0, 8.0):
        column, row = place(chart, x, -4 * (x * 10 - 1) / 99)
        assert there[row - 2 : row + 3, column].any(), x
    assert chart.figure.left.tickStrings([-1.0, np.log10(0.7), 0.0], 1.0, 1.0) == ["0.1", "", "1"]


def test_smoothing_leaves_the_curve_faintly_behind_its_mean(chart):
    noise = 1 + 0.3 * np.random.default_rng(0).standard_normal(2000)
    raw, smooth = show(chart, sight({"loss": noise}), smoothing=100)
    assert raw.opacity < 0.5 < smooth.opacity
    assert smooth.curve.values[500:].std() < 0.2 * noise.std()
    assert raw.curve.values is not None and len(raw.curve.steps) == 2000


def test_a_test_is_a_point_at_the_end(chart):
    show(chart, sight({"loss": [1.0] * 100}, {"test_loss": [0.2] * 1}))
    *_, line = chart.lines
    assert line.dots
    column, row = place(chart, 1.0, 0.2)
    there = seen_in(chart, "good")
    assert there[row, column]
    assert there.sum() < 100


def test_runs_that_are_compared_differ_in_colour_and_sign(chart):
    lines = show(chart, *(sight({"loss": [1.0 + i] * 100}, name=f"run-{i}") for i in range(5)), compared="batch")
    assert [line.name for line in lines] == [f"run-{i}" for i in range(5)]
    assert len({line.colour for line in lines}) == len({line.sign for line in lines}) == 5
    for line in lines:
        assert seen_in(chart, line.colour).any(), line.colour
    assert len({(colour_of(i), sign_of(i)) for i in range(40)}) == 40
    assert set(SIGNS) >= {line.sign for line in lines}


def test_runs_that_differ_by_seed_are_a_mean_and_a_band(chart):
    sights = [sight({"loss": [level] * 100}, seed=i, name=f"s{i}") for i, level in enumerate((1.0, 2.0, 3.0))]
    other = sight({"loss": [0.5] * 100}, graph="another", name="other")
    line, alone = show(chart, *sights, other, compared="batch", together=True)
    assert line.name == "s0, 3 seeds"
    assert alone.name == "other"
    np.testing.assert_allclose(line.curve.values, 2.0)
    np.testing.assert_allclose(line.deviation, 1.0)
    frame = chart.figure.curves.frame()
    band = chart.figure.curves.shapes(frame)[0].band.boundingRect()
    assert band.top() == pytest.approx(float(frame.down(np.array(3.0))), abs=1)
    assert band.bottom() == pytest.approx(float(frame.down(np.array(1.0))), abs=1)


def test_what_is_left_out_of_the_frame_is_cut_at_its_edge(chart):
    show(chart, sight({"loss": np.linspace(10.0, 0.0, 100)}), seen=(2.05, 3.95))
    chart.figure.curves.cut = True
    frame = chart.figure.curves.frame()
    (shape,) = chart.figure.curves.shapes(frame)
    inside = np.isfinite(shape.y)
    assert shape.x[inside].min() == pytest.approx(0, abs=0.01)
    assert shape.x[inside].max() == pytest.approx(frame.width, abs=0.01)
    assert ((shape.y[inside] >= 0) & (shape.y[inside] <= frame.height)).all()


def test_in_an_svg_nothing_lies_outside_the_chart(chart):
    show(chart, sight({"loss": np.linspace(10.0, 0.0, 100)}), seen=(2.05, 3.95))
    chart.resize(400, 300)
    QApplication.processEvents()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    with painting(QPainter(generator)) as painter:
        chart.draw(painter, QRectF(chart.rect()))
    texts = re.findall(r'<polyline[^>]*points="([^"]+)"', bytes(data.data()).decode())
    lines = [np.array(re.split("[ ,]+", text.strip()), float).reshape(-1, 2) for text in texts]
    (places,) = (line for line in lines if len(line) > 4)  # ticks are shorter
    size = chart.figure.curves.boundingRect()
    assert np.ptp(places[:, 0]) == pytest.approx(size.width(), abs=1)
    assert np.ptp(places[:, 1]) <= size.height()
    assert not chart.figure.curves.cut


def test_a_curve_that_has_not_changed_is_not_shaped_again(chart):
    same = sight({"loss": np.ones(100)})
    show(chart, same)
    curves = chart.figure.curves
    before = curves.shapes(curves.frame())[0]
    show(chart, sight({"loss": np.ones(100)}))
    assert curves.shapes(curves.frame())[0] is before
    show(chart, sight({"loss": np.ones(101)}))
    assert curves.shapes(curves.frame())[0] is not before


# Mouse and keys


def test_the_wheel_shows_less_around_the_pointer_and_a_double_click_all_of_it(chart, qtbot):
    show(chart, sight({"loss": np.linspace(2.0, 1.0, 100)}))
    figure = chart.figure
    at = figure.mapFromScene(figure.box.mapViewToScene(QPointF(4.0, 1.5)))
    turn = QWheelEvent(
        QPointF(at), figure.viewport().mapToGlobal(QPointF(at)), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    with qtbot.waitSignal(chart.zoomed) as told:
        QApplication.sendEvent(figure.viewport(), turn)
    left, right = told.args[0]
    assert 0 < left < 4.0 < right < 10
    assert right - left == pytest.approx(0.8 * 10.4, rel=0.05)
    with qtbot.waitSignal(chart.zoomed) as told:
        QTest.mouseDClick(figure.viewport(), Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseRelease(figure.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert told.args == [None]


def test_dragging_frames_what_is_to_be_seen(chart, qtbot):
    show(chart, sight({"loss": np.linspace(2.0, 1.0, 100)}))
    figure = chart.figure
    first, last = (figure.mapFromScene(figure.box.mapViewToScene(QPointF(*at))) for at in ((3.0, 1.8), (6.0, 1.2)))
    view = figure.viewport()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=first)
    with qtbot.waitSignal(chart.zoomed) as told:
        QTest.mouseMove(view, (first + last) / 2)
        QTest.mouseMove(view, last)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=last)
    assert told.args[0] == pytest.approx((3.0, 6.0), abs=0.1)
    chart.fit((0.0, 10.0), told.args[0])
    low, high = figure.box.viewRange()[1]
    assert (low, high) == pytest.approx((1.2, 1.8), abs=0.02)


def test_keys_move_the_cursor_and_zoom(chart, qtbot):
    show(chart, sight({"loss": np.linspace(2.0, 1.0, 100)}, {"train_loss": [1.5] * 10}))
    chart.pointed.connect(chart.point)
    chart.figure.setFocus()
    QTest.keyClick(chart.figure, Qt.Key.Key_Right)
    at = chart.figure.readout.at
    QTest.keyClick(chart.figure, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert chart.figure.readout.at == pytest.approx(at + 1.04)
    said = chart.figure.accessibleDescription()
    assert "batch 1." in said
    assert "train 1.5" in said
    with qtbot.waitSignal(chart.zoomed):
        QTest.keyClick(chart.figure, Qt.Key.Key_Plus)
    with qtbot.waitSignal(chart.zoomed) as told:
        QTest.keyClick(chart.figure, Qt.Key.Key_Home)
    assert told.args == [None]


def test_the_cursor_reads_each_curve_at_its_nearest_point_and_none_that_is_not_there_yet(chart):
    show(chart, sight({"loss": np.arange(100.0)}, {"train_loss": [7.0] * 3}))
    chart.point(2.0)
    assert [(item.entry.name, item.value) for item in chart.figure.readout.readings] == [
        ("batch", "19"),
        ("train", "7"),
    ]
    assert "epoch 2.00, step 20" in chart.figure.readout.text
    chart.point(9.0)
    assert [item.entry.name for item in chart.figure.readout.readings] == ["batch"]


def test_names_that_have_no_room_are_counted(chart):
    show(chart, *(sight({"loss": [1.0] * 9}, name=f"a-rather-long-name-{i}") for i in range(12)), compared="batch")
    rows = chart.legend.rows(chart.legend.width())
    shown = sum(entry is not None for row in rows for entry, _ in row)
    assert rows[-1][-1][1] == f"{12 - shown} more"
    assert shown >= 2
    assert "a-rather-long-name-11" in chart.legend.toolTip()


# How often


def test_the_longer_drawing_takes_the_rarer_it_is(qtbot):
    pace = Pace()
    drawn = []
    pace.due.connect(lambda: drawn.append(1))
    pace.draw()
    assert pace.wait == 100
    pace.spent(0.016)
    assert pace.wait == pytest.approx(800, rel=0.05)
    pace.ask()
    assert pace._timer.remainingTime() > 500
    assert drawn == [1]
    pace.spent(3.0)
    assert pace.wait == 1000


@pytest.mark.parametrize("wide", [700, 1100])
def test_a_chart_stays_where_it_is_as_others_are_made(qtbot, wide):
    application()
    wall = Wall()
    qtbot.addWidget(wall)
    wall.resize(wide, 420)
    wall.show()
    plots = declared([sight({key: [1.0] for key in ("loss", "accuracy", "learning_rate", "memory")})])
    charts = [Chart(plot, DARK) for plot in plots]
    assert len(charts) > 3
    seen = []
    for made in range(1, len(charts) + 1):
        wall.show_charts([*charts[:made], *[None] * (len(charts) - made)])
        assert wall.charts == charts[:made]
        QApplication.sendPostedEvents()
        QApplication.processEvents()
        seen.append([chart.geometry() for chart in wall.charts])
    assert all(before == seen[-1][: len(before)] for before in seen)
    assert len({(box.x(), box.y()) for box in seen[-1]}) == len(charts)


def test_choices_are_kept_and_nonsense_is_left_out():
    choices = Choices()
    choices.show("memory", True)
    choices.bend("loss", True)
    choices.smooth(100)
    choices.go_along("steps")
    choices.compare("train")
    choices.put_together(True)
    other = Choices()
    other.restore(choices.text)
    assert other.text == choices.text
    for nonsense in ("[", "[]", '{"seen": 3, "smoothing": 7, "along": [], "logarithmic": {"a": 1}, "together": 1}', ""):
        kept = Choices()
        kept.restore(nonsense)
        assert kept.text == Choices().text


def test_what_is_measured_once_in_many_steps_is_smoothed_over_as_many_steps(chart):
    values = np.random.default_rng(0).standard_normal(400) + 1
    one = sight({"loss": values})
    one.steps["loss"] = curve(values, 1, 32)
    _, smooth = Lines().of(declared([one])[0], runs_of(one), choices_with(smoothing=300))
    sparse = Smoothed(300 / 32).of(*one.steps["loss"])
    np.testing.assert_allclose(smooth.curve.values, sparse)
    (plain,) = Lines().of(declared([one])[0], runs_of(one), choices_with(smoothing=30))
    assert plain.curve.values is one.steps["loss"].values
