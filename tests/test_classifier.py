"""The scikit-learn interface: scikit-learn's own checks, and that what predicts is the trained, simulated hardware."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from pulsenet import Bidirectional, ConfigError, Linear, Trace, TraceError, Unidirectional
from pulsenet.classifier import PulseNetClassifier
from pulsenet.describe.variation import Variation

pytestmark = pytest.mark.whole

#: The quickest network that there is.
TINY = PulseNetClassifier((), n_slots=4, epochs=1, engine="standalone", random_state=0)
#: One that tells three clouds of points apart, as check_classifiers_train asks.
ABLE = clone(TINY).set_params(n_slots=8, epochs=2)
#: Checks that fit or predict so often that they take seconds. None is left out, and none is expected to fail.
SLOW = (
    "check_classifier_data_not_an_array",
    "check_classifiers_classes",
    "check_classifiers_train",
    "check_dict_unchanged",
    "check_dtype_object",
    "check_estimators_dtypes",
    "check_estimators_nan_inf",
    "check_estimators_overwrite_params",
    "check_estimators_pickle",
    "check_f_contiguous_array_estimator",
    "check_fit_check_is_fitted",
    "check_fit_idempotent",
    "check_fit_score_takes_y",
    "check_methods_sample_order_invariance",
    "check_methods_subset_invariance",
    "check_n_features_in",
    "check_pipeline_consistency",
    "check_positive_only_tag_during_fit",
    "check_supervised_y_2d",
)


def checks():
    """scikit-learn's checks, the slow ones marked heavy."""
    for estimator in (TINY, ABLE):
        for given, check in estimator_checks_generator(estimator):
            name = check.func.__name__
            if (name == "check_classifiers_train") == (estimator is ABLE):
                marks = [pytest.mark.heavy] if name in SLOW else []
                yield pytest.param(given, check, marks=marks, id=name)


@pytest.mark.parametrize(("estimator", "check"), list(checks()))
def test_scikit_learn_agrees(estimator, check):
    check(estimator)


# --- fitting and predicting ---


@pytest.fixture(scope="module")
def samples():
    """Three noisy patterns far beyond [0, 1], with names for labels."""
    rng = np.random.default_rng(0)
    patterns = 100 * np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]) - 40
    number = np.arange(60) % 3
    return patterns[number] + rng.normal(0, 10, (60, 4)), np.array(["oak", "ash", "elm"])[number]


@pytest.fixture(scope="module")
def fitted(samples, tmp_path_factory):
    folder = tmp_path_factory.mktemp("classifier") / "run"
    device = Linear(G_min="0.1 uS", G_max="5 uS", pulses_SET=256, pulses_RESET=256)
    classifier = PulseNetClassifier(
        (), device, n_slots=8, epochs=2, engine="standalone", random_state=3, trace_folder=folder
    )
    return classifier.fit(*samples)


def test_learns_and_answers_with_the_labels_given(fitted, samples):
    X, y = samples
    assert fitted.score(X, y) > 0.9
    assert list(fitted.classes_) == ["ash", "elm", "oak"]
    assert len(fitted.accuracy_) == 2 and fitted.accuracy_[0] < fitted.accuracy_[1] <= 1


def test_reads_the_devices_of_the_trace(fitted, samples):
    """Preactivations by hand: inputs in whole slots, times conductances at the end of the trace."""
    X, _ = samples
    x = np.clip((X - X.min(axis=0)) / (X.max(axis=0) - X.min(axis=0)), 0, 1)
    slots = np.c_[np.floor(8 * x + 0.5), np.full(len(x), 8)]
    with Trace(fitted.trace_) as trace:
        G_plus, G_minus = trace.conductance("layer1", -1)
        gain = trace.configuration["calibrated"]["read_gain"][0]
        assert trace.complete and trace.holds("pulses/output/error")
    expected = gain * slots @ ((G_plus - G_minus) / 4.9e-6) / 8
    np.testing.assert_allclose(fitted.decision_function(X), expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(fitted.predict(X), fitted.classes_[expected.argmax(axis=1)])


def test_inputs_beyond_those_of_training_are_cut_off(fitted, samples):
    X, _ = samples
    highest, beyond = X.max(axis=0, keepdims=True), X.max(axis=0, keepdims=True) + 1000
    np.testing.assert_array_equal(fitted.decision_function(highest), fitted.decision_function(beyond))


def test_chunks_do_not_matter(fitted, samples):
    """The engine takes as many frames at a time as in training; more samples go in several parts."""
    X, _ = samples
    many = np.r_[X, X, X[:7]]
    np.testing.assert_array_equal(
        fitted.decision_function(many), fitted.decision_function(X)[np.arange(len(many)) % 60]
    )


def test_survives_pickling(fitted, samples):
    X, _ = samples
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.decision_function(X), fitted.decision_function(X))


def test_an_integer_is_the_seed_of_the_run(fitted):
    assert fitted.run_.seed == 3
    assert clone(TINY).set_params(random_state=np.random.RandomState(0))._seed() != 0


def test_two_classes_have_one_decision(samples):
    X, y = samples
    X, y = X[y != "elm"], y[y != "elm"]
    classifier = clone(TINY).fit(X, y)
    decision = classifier.decision_function(X)
    assert decision.shape == (len(X),)
    np.testing.assert_array_equal(classifier.predict(X) == "oak", decision > 0)


def test_device_of_the_catalogue_comes_with_its_programming_and_variation(samples):
    classifier = clone(TINY).set_params(device="epiram", update="bidirectional").fit(*samples)
    assert classifier.run_.device_file.name == "epiram"
    assert classifier.run_.variation.ctoc_range == 0.02 and classifier.run_.programming.V_SET == 5
    assert isinstance(classifier.run_.update, Bidirectional)
    assert classifier.trace_ is None


def test_variation_replaces_that_of_the_device():
    classifier = clone(TINY).set_params(device="epiram", variation=Variation(), update=Unidirectional(refresh_every=7))
    classifier.n_features_in_, classifier.classes_ = 2, np.arange(2)
    assert classifier._run().variation == Variation() and classifier._run().update.refresh_every == 7


def test_drift_stands_still_after_training(samples):
    """Answers do not depend on how many samples are asked about."""
    X, y = samples
    drift = Variation(drift_exponent=0.1, drift_onset="1 us", drift_every=1)
    classifier = clone(TINY).set_params(variation=drift).fit(X, y)
    np.testing.assert_array_equal(classifier.decision_function(X)[-3:], classifier.decision_function(X[-3:]))


def test_in_a_pipeline_and_a_grid_search(samples):
    search = GridSearchCV(
        make_pipeline(StandardScaler(), TINY), {"pulsenetclassifier__n_slots": [2, 4]}, cv=2, error_score="raise"
    )
    search.fit(*samples)
    assert search.best_params_["pulsenetclassifier__n_slots"] in (2, 4)


def test_nothing_is_left_without_a_trace_folder(samples, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    clone(TINY).fit(*samples)
    assert not list(tmp_path.iterdir())


# --- refusals ---


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"device": "epram"}, "no device 'epram'; did you mean"),
        (
            {"update": "sideways"},
            "PulseNetClassifier: update.method = 'sideways' is not known; allowed: 'unidirectional'",
        ),
        ({"epochs": 0}, "PulseNetClassifier: training.epochs = 0: must be at least 1"),
        ({"n_slots": 1.5}, "PulseNetClassifier: time.n_slots = 1.5: must be a whole number"),
        ({"hidden_layer_sizes": 50}, "hidden_layer_sizes = 50: must be a sequence of whole numbers, like (50,)"),
        (
            {"hidden_layer_sizes": (2.5,)},
            "hidden_layer_sizes = (2.5,): must be a sequence of whole numbers, like (50,)",
        ),
        ({"hidden_layer_sizes": (0,)}, "every population needs 1 to 100000 neurons"),
        ({"device": 3}, "device = 3: must be the name or the path of a device, or a response law"),
        ({"random_state": -1}, "PulseNetClassifier: seed = -1: must be at least 0"),
    ],
)
def test_wrong_parameters_are_named_in_one_line(parameters, message, samples):
    with pytest.raises(ConfigError) as complaint:
        clone(TINY).set_params(**parameters).fit(*samples)
    assert message in str(complaint.value) and "\n" not in str(complaint.value)


def test_a_run_is_not_overwritten(fitted, samples):
    with pytest.raises(TraceError, match="force"):
        clone(fitted).fit(*samples)


def test_one_class_is_refused(samples):
    with pytest.raises(ValueError, match="one class only"):
        clone(TINY).fit(samples[0], np.zeros(60))
