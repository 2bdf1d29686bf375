from itertools import pairwise

import numpy as np
import pytest

from chainrule.errors import ArgumentError, NonFiniteLoss
from chainrule.layers import Dense, Input
from chainrule.models import Sequential
from chainrule.optimizers import SGD
from chainrule.tables.blend import best_shares, loss_of, mixed, network_of, side_by_side
from chainrule.tables.recipe import SIZES, Choices, recipes_for, size_for
from chainrule.tables.restarts import best_member, train_members
from chainrule.tables.splits import Task, deal, splits_for
from chainrule.tables.train import train


def linear_rows(n=40, kind="number"):
    """Rows whose answer is a line of two columns, so that every kind of network can learn it."""
    X = np.random.default_rng(0).normal(size=(n, 2)).astype("float32")
    score = X[:, 0] - 2 * X[:, 1]
    if kind == "number":
        return Task(X, (score / score.std()).astype("float32"), "number", 1)
    if kind == "binary":
        return Task(X, (score > 0).astype("float32"), "binary", 1)
    return Task(X, np.digitize(score, [-1, 1]), "multiclass", 3)


QUICK = {"epochs": 3, "restarts": 2}


# What is chosen -------------------------------------------------------------------------------------------------------


def test_more_rows_mean_wider_networks_fewer_restarts_and_larger_batches():
    for smaller, larger in pairwise(SIZES):
        assert larger.up_to > smaller.up_to
        assert larger.restarts <= smaller.restarts
        assert larger.batch_size >= smaller.batch_size and larger.patience <= smaller.patience
        assert larger.smooth[0] >= smaller.smooth[0]
    assert size_for(1) is SIZES[0] and size_for(10**9) is SIZES[-1]
    assert size_for(500) is SIZES[0] and size_for(501) is SIZES[1]


def test_what_the_user_says_goes_before_what_is_chosen():
    smooth, deep = recipes_for(600, Choices(activation="tanh", batch_size=7, learning_rate=0.5))
    assert (smooth.activation, deep.activation) == ("tanh", "tanh")
    assert (smooth.batch_size, deep.batch_size, smooth.learning_rate) == (7, 7, 0.5)
    assert smooth.dropout > deep.dropout


def test_epochs_that_are_asked_for_are_all_trained():
    assert all(recipe.epochs == recipe.patience == 150 for recipe in recipes_for(600, Choices(epochs=150)))


def test_another_optimizer_keeps_its_own_rate():
    recipe, _ = recipes_for(600, Choices(optimizer="sgd"))
    assert (recipe.optimizer, recipe.learning_rate, recipe.weight_decay) == ("sgd", None, None)
    assert recipe.to_dict()["optimizer"] == "sgd"
    assert recipes_for(600, Choices(optimizer=SGD(0.1)))[0].to_dict()["optimizer"] == "SGD"


def test_an_optimizer_of_all_rows_gets_no_dropout():
    assert [recipe.dropout for recipe in recipes_for(600, Choices(optimizer="lbfgs"))] == [0, 0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"layers": "12,8"}, "layers is a list of units, such as [12, 8]; received '12,8'."),
        ({"layers": [12, 0]}, "TableModel.fit's layers is a whole number of at least 1; received 0."),
        ({"activation": "rellu"}, "Did you mean 'relu'?"),
        ({"optimizer": "adamm"}, "Did you mean 'adam'?"),
        ({"learning_rate": -1}, "TableModel.fit's learning_rate is a number above 0; received -1."),
        ({"epochs": 0}, "TableModel.fit's epochs is a whole number of at least 1; received 0."),
        ({"validation_split": 1.0}, "validation_split"),
        ({"class_weight": "fair"}, "class_weight is 'balanced' or None; received 'fair'."),
    ],
)
def test_choices_that_cannot_be_used_are_refused(given, message):
    with pytest.raises(ArgumentError) as error:
        Choices(**given)
    assert message in str(error.value)


# Rows held out --------------------------------------------------------------------------------------------------------


def test_rows_are_dealt_evenly_each_class_too():
    classes = np.repeat([0, 1, 2], [10, 5, 1])
    part = deal(16, 5, classes, seed=3)
    assert sorted(np.bincount(part).tolist()) == [3, 3, 3, 3, 4]
    assert np.bincount(part[:10]).tolist() == [2] * 5
    assert sorted(part[10:15].tolist()) == [0, 1, 2, 3, 4]
    assert not np.array_equal(part, deal(16, 5, classes, seed=4))


def test_each_restart_holds_another_part_out():
    splits = splits_for(linear_rows(), 5, None, False, seed=1)
    assert sorted(np.concatenate([split.held for split in splits])) == list(range(40))
    for split in splits:
        assert sorted([*split.learn, *split.held]) == list(range(40))


def test_restarts_that_are_compared_hold_the_same_rows_out():
    first, second = splits_for(linear_rows(), 2, 0.25, True, seed=1)
    assert first.held.tolist() == second.held.tolist()
    assert len(first.held) == 10


@pytest.mark.parametrize(("rows", "share"), [(40, 0), (9, None)])
def test_nothing_is_held_out_of_few_rows_or_when_told_so(rows, share):
    (split,) = splits_for(linear_rows(rows), 1, share, False, seed=1)
    assert split.held is None and split.learn.tolist() == list(range(rows))


# Several networks as one ----------------------------------------------------------------------------------------------


def chain_of(sizes, seed):
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=(i, o)), rng.normal(size=o)) for i, o in pairwise(sizes)]


def run(chain, X, f=np.tanh):
    for kernel, bias in chain[:-1]:
        X = f(X @ kernel + bias)
    return X @ chain[-1][0] + chain[-1][1]


@pytest.mark.parametrize("sizes", [[3, 2], [3, 4, 2], [3, 4, 5, 2]])
def test_networks_side_by_side_give_the_mean_of_their_answers(sizes):
    chains = [chain_of(sizes, seed) for seed in range(3)]
    X = np.random.default_rng(9).normal(size=(7, 3))
    expected = 0.5 * np.mean([run(chain, X) for chain in chains], axis=0)
    np.testing.assert_allclose(run(side_by_side(chains, share=0.5), X), expected, rtol=1e-12)


def test_members_of_one_network_do_not_mix():
    # Two members of 1 unit a layer: kernels 2 and 3 in the middle stand on the diagonal, 0 beside them.
    one, none = np.ones((1, 1)), np.zeros(1)
    chains = [[(one, none), (w * one, none), (one, none)] for w in (2.0, 3.0)]
    assert side_by_side(chains)[1][0].tolist() == [[2.0, 0.0], [0.0, 3.0]]


def test_a_network_of_branches_adds_them_up():
    branches = [("a", "tanh", chain_of([3, 4, 1], 1)), ("b", "linear", chain_of([3, 1], 2))]
    network = network_of(branches, "number", seed=1)
    X = np.random.default_rng(9).normal(size=(7, 3))
    expected = run(branches[0][2], X) + run(branches[1][2], X)
    np.testing.assert_allclose(network.predict(X), expected, rtol=1e-5)
    assert network.compilation is not None
    assert [layer.name for layer in network.layers] == ["a_1", "a_out", "b_out", "together"]


def test_one_branch_is_a_plain_chain_with_the_activation_in_its_last_layer():
    chain = chain_of([3, 4, 2], 1)
    network = network_of([("network", "tanh", chain)], "multiclass", seed=1)
    assert isinstance(network, Sequential)
    X = np.random.default_rng(9).normal(size=(7, 3))
    odds = np.exp(run(chain, X))
    np.testing.assert_allclose(network.predict(X), odds / odds.sum(axis=1, keepdims=True), rtol=1e-5)


def test_losses_worked_by_hand():
    # (1 − 3)² = 4 and 0, of which the second counts three times: 4 / 4.
    assert loss_of(np.array([[1.0], [2.0]]), np.array([3.0, 2.0]), "number", np.array([1.0, 3.0])) == 1.0
    # −log softmax(0, log 3)₁ = −log ¾
    F = np.array([[0.0, np.log(3)]])
    assert loss_of(F, np.array([1]), "multiclass") == pytest.approx(-np.log(0.75), rel=1e-12)
    # −log(1 − σ(log 3)) = −log ¼
    assert loss_of(np.array([[np.log(3)]]), np.array([0.0]), "binary") == pytest.approx(-np.log(0.25), rel=1e-12)
    assert np.isfinite(loss_of(np.array([[1e5]]), np.array([0.0]), "binary"))


def test_the_better_candidate_gets_all_and_opposite_errors_share():
    y = np.array([1.0, 2.0, 3.0])
    good, bad = y[:, None] + 0.01, -y[:, None]
    assert best_shares([bad, good], y, "number") == [0.0, 1.0]
    # Errors of −1 and +3: three quarters of the first and a quarter of the second make none.
    shares = best_shares([y[:, None] - 1, y[:, None] + 3], y, "number")
    assert shares == [0.75, 0.25]
    np.testing.assert_allclose(mixed([y[:, None] - 1, y[:, None] + 3], shares)[:, 0], y)


# Training -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number"])
def test_the_network_answers_as_its_members_together(kind):
    task = linear_rows(kind=kind)
    trained = train(task, Choices(**QUICK), seed=5)
    shares = {one["name"]: one["share"] for one in trained.candidates}
    assert sum(shares.values()) == 1
    assert list(shares) == ["linear", "smooth", "deep"]
    assert trained.network.output_shape == (None, task.outputs)
    assert [member.epochs for member in trained.members] == [3] * 4


def test_training_is_the_same_for_the_same_seed_and_another_for_another():
    task = linear_rows(kind="binary")
    first, again, other = (
        train(task, Choices(layers=[3], epochs=3), seed).network.get_weights()[0] for seed in (5, 5, 6)
    )
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_layers_that_are_asked_for_are_the_network():
    trained = train(linear_rows(kind="binary"), Choices(layers=[12, 8], activation="relu", epochs=2), seed=1)
    network = trained.network
    assert isinstance(network, Sequential)
    assert [layer.units for layer in network.layers if isinstance(layer, Dense)] == [12, 8, 1]
    assert trained.candidates[0]["name"] == "network" and trained.candidates[0]["share"] == 1


def test_of_restarts_of_asked_for_layers_the_best_stays():
    task = linear_rows(kind="binary")
    trained = train(task, Choices(layers=[2], epochs=4, restarts=3), seed=1)
    best = best_member(trained.members)
    assert min(best.history["val_loss"]) == min(min(m.history["val_loss"]) for m in trained.members)
    np.testing.assert_array_equal(trained.network.get_weights()[0], best.chain[0][0])
    assert len(trained.members) == 3


def test_without_rows_held_out_the_networks_share_alike():
    trained = train(linear_rows(8), Choices(epochs=2), seed=1)
    assert [(one["name"], one["share"], one["loss"]) for one in trained.candidates] == [
        ("smooth", 0.5, None),
        ("deep", 0.5, None),
    ]
    assert len(trained.rows) == 0 and trained.answers == {}


def test_a_line_is_learnt_by_the_line():
    trained = train(linear_rows(60), Choices(restarts=5, epochs=2), seed=1)
    assert {one["name"]: one["share"] for one in trained.candidates} == {"linear": 1, "smooth": 0, "deep": 0}
    assert trained.candidates[0]["loss"] < 1e-4


def test_ctrl_c_keeps_what_is_trained(monkeypatch):
    import chainrule.tables.restarts as restarts

    trained_one, original = [], restarts._train

    def interrupted_at_the_third(*arguments):
        if len(trained_one) == 2:
            raise KeyboardInterrupt
        trained_one.append(1)
        return original(*arguments)

    monkeypatch.setattr(restarts, "_train", interrupted_at_the_third)
    trained = train(linear_rows(kind="binary"), Choices(epochs=2), seed=1)
    assert trained.interrupted
    assert [member.candidate for member in trained.members] == ["smooth", "deep"]
    assert trained.network.predict(linear_rows().X).shape == (40, 1)


def test_a_stop_within_a_network_ends_all_and_keeps_its_best():
    from chainrule.callbacks import LambdaCallback

    def interrupt(epoch, logs):
        network.history.interrupted = True
        network.stop("Stopped by Ctrl-C.")

    class Interrupt(LambdaCallback):
        def set_model(self, model):
            nonlocal network
            network = model

    network = None
    callback = Interrupt(on_epoch_end=interrupt)
    members = train_members(
        linear_rows(kind="binary"),
        recipes_for(40, Choices()),
        splits_for(linear_rows(kind="binary"), 3, None, False, 1),
        seed=1,
        callbacks=[callback],
    )
    assert len(members) == 1 and members[0].interrupted and members[0].epochs == 1


def test_a_rate_that_explodes_is_told():
    with pytest.raises(NonFiniteLoss), np.errstate(all="ignore"):
        train(linear_rows(), Choices(layers=[4], optimizer="sgd", learning_rate=1e30, epochs=5), seed=1)


def test_progress_is_a_line_a_network(capsys):
    train(linear_rows(kind="binary"), Choices(**QUICK), seed=1, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("network 1 of 4, smooth: 3 epochs, best at epoch ")


def test_the_input_is_not_changed_and_may_be_read_only():
    task = linear_rows(kind="binary")
    before = task.X.copy()
    task.X.flags.writeable = False
    train(task, Choices(layers=[2], epochs=2), seed=1)
    np.testing.assert_array_equal(task.X, before)


def test_weights_count_in_training():
    # The same row is asked for both answers; all the weight is on 1.
    X = np.zeros((40, 1), "float32")
    y = np.tile([0.0, 1.0], 20).astype("float32")
    weights = np.where(y == 1, 2.0, 1e-6).astype("float32")
    trained = train(Task(X, y, "binary", 1, weights), Choices(layers=[], epochs=200, learning_rate=0.1), seed=1)
    assert trained.network.predict(X[:1])[0, 0] > 0.9


def test_a_network_can_be_trained_on():
    network = train(linear_rows(kind="binary"), Choices(layers=[3], epochs=2), seed=1).network
    task = linear_rows(kind="binary")
    before = network.evaluate(task.X, task.y, verbose=0)[0]
    network.fit(task.X, task.y, epochs=20, verbose=0)
    assert network.evaluate(task.X, task.y, verbose=0)[0] < before


def test_merging_matches_the_library_s_own_layers():
    members = []
    for seed in (1, 2):
        members.append(Sequential([Input(shape=(3,)), Dense(4, "selu"), Dense(2)], seed=seed))
    chains = [list(zip(m.get_weights()[::2], m.get_weights()[1::2], strict=True)) for m in members]
    merged = network_of([("smooth", "selu", side_by_side(chains))], "number", seed=0)
    X = np.random.default_rng(3).normal(size=(5, 3)).astype("float32")
    np.testing.assert_allclose(merged.predict(X), (members[0].predict(X) + members[1].predict(X)) / 2, atol=1e-6)
