"""The certificate in words."""

from chainrule.checks import Checked, Report

OK = Checked("dense", "kernel", "training", (8, 12), 1.2e-10, 3.4e-9, (7, 11), True)
RULE = "─" * 72
KINK = Checked("batch_normalization", "gamma", "use", (12,), 0.0, 0.0, (3,), True, "kink")
WRONG = Checked("dense_1", "bias", "training", (), 0.25, 1.0, (), False)


def test_table_of_a_certificate_that_passes():
    report = Report("model 'sequential'", [OK, KINK])
    assert report.passed and report.failures == [] and report.culprit is None
    assert str(report).splitlines() == [
        "Gradient certificate of model 'sequential'",
        RULE,
        "gradient of                mode      error    relative  worst",
        RULE,
        "dense/kernel               training  1.2e-10  3.4e-09   7,11   ok",
        "batch_normalization/gamma  use       0.0e+00  0.0e+00   3      ok (kink)",
        RULE,
        "PASSED: all 2 gradients agree with their numeric values.",
        "kink: the slope jumps here (as a ReLU's does at exactly 0), so the gradient was",
        "checked a little beside it.",
    ]
    assert repr(report) == str(report)


def test_table_of_one_that_fails_names_the_layer():
    report = Report("model 'sequential'", [WRONG, OK])
    assert not report.passed and report.failures == [WRONG] and report.culprit == "dense_1"
    assert str(report).splitlines()[-2:] == [
        "FAILED: 1 of 2 gradients disagree; look at 'dense_1' first (the last in the",
        "network: what lies before it inherits its error).",
    ]
    assert "dense_1/bias  training  2.5e-01  1.0e+00          WRONG" in str(report)


def test_it_fits_eighty_columns():
    rows = [
        Checked(layer, quantity, "training", (784, 128), 1e-10, 1e-10, (783, 127), passed, note)
        for layer, quantity in (("layer_normalization_1", "gamma"), ("embedding_12", "embeddings"))
        for passed in (True, False)
        for note in ("", "kink", "zero", "rounding")
    ]
    assert max(len(line) for line in str(Report("model 'sequential'", rows)).splitlines()) <= 80


def test_nothing_checked_is_nothing_proved():
    assert not Report("model 'empty'").passed


def test_html_escapes_names():
    report = Report("model '<b>'", [Checked("<i>", "kernel", "use", (1,), 0.0, 0.0, None, True, "zero")])
    text = report._repr_html_()
    assert "&lt;i&gt;/kernel" in text and "&lt;b&gt;" in text and "<i>" not in text and "<b>" not in text
    assert text.startswith("<table>") and "zero: the gradient is 0 everywhere" in text and "ok (zero)" in text
