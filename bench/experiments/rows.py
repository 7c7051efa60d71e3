# SPDX-License-Identifier: BSD-3-Clause
"""What bench/accuracy trains: rows, each a network, a data set and a recipe, and the seeds that it is asked for."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    group: str
    title: str
    network: str
    data: str
    epochs: int
    seeds: tuple
    options: tuple = ()
    published: float = None
    is_variant: bool = False
    held_out: int = 0

    @property
    def all_options(self):
        held_out = ("--hold-out", str(self.held_out)) if self.held_out else ()
        return ("--epochs", str(self.epochs), *self.options, *held_out)

    @property
    def programs(self):
        """The programs that train and evaluate it, as build targets in folders."""
        return (("bench", "train_variants", "evaluate_variants") if self.is_variant else
                ("examples", "train", "evaluate"))


PUBLISHED = {
    "augshufflenet_plus": {"x0_5": (90.90, 68.53), "x1_0": (93.39, 73.03), "x1_5": (93.94, 74.61)},
    "shufflenetv2_cifar": {"x0_5": (90.36, 66.85), "x1_0": (92.90, 71.93), "x1_5": (93.61, 73.65)},
}
TITLES = {"augshufflenet_plus": "AugShuffleNet", "shufflenetv2_cifar": "ShuffleNetV2"}


def table():
    """The published table, cheapest rows first; AugShuffleNet before its rival, CIFAR-10 before CIFAR-100."""
    return [Row(f"{family}_{width}_{data}", "table", f"{TITLES[family]} {width[1:].replace('_', '.')}x",
                f"{family}_{width}_{data}", data, 200, (1, 2, 3), (), PUBLISHED[family][width][column])
            for width in ("x0_5", "x1_0", "x1_5")
            for family in ("augshufflenet_plus", "shufflenetv2_cifar")
            for column, data in enumerate(("cifar10", "cifar100"))]


VARIANTS = (
    ("augshufflenet_x0_5_cifar10", "r = 3/8, once, shuffle, port"),
    ("augshufflenet_never_x0_5_cifar10", "crossover never"),
    ("augshufflenet_twice_x0_5_cifar10", "crossover twice"),
    ("augshufflenet_no_shuffle_x0_5_cifar10", "no shuffle"),
    ("augshufflenet_split_1_8_x0_5_cifar10", "r = 1/8"),
    ("augshufflenet_split_1_4_x0_5_cifar10", "r = 1/4"),
    ("augshufflenet_split_1_2_x0_5_cifar10", "r = 1/2"),
    ("augshufflenet_article_x0_5_cifar10", "order article"),
    ("augshufflenet_plus_x0_5_cifar10", "order plus"),
    ("augshufflenet_never_no_shuffle_x0_5_cifar10", "never, no shuffle"),
    ("augshufflenet_twice_no_shuffle_x0_5_cifar10", "twice, no shuffle"),
)


def variants():
    return [Row("variant_" + network, "variants", title, network, "cifar10", 15, (1, 2), is_variant=True)
            for network, title in VARIANTS]


def every_row():
    return [*variants(), *table()]
