# SPDX-License-Identifier: BSD-3-Clause
"""What bench/accuracy trains: rows, each a network, a data set and a recipe, and the seeds that it is asked for.

The rows of a group may follow from results: the short recipe is tuned one option after another, and the curve is that
of the recipe that was found.
"""
import dataclasses
import statistics


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
    threads: int = 1  # at least, where time is asked for, too
    wave: int = 0  # all seeds of one wave come before the next one

    @property
    def multiply_adds(self):
        return COSTS[self.network][0]

    @property
    def parameters(self):
        return COSTS[self.network][1]

    @property
    def all_options(self):
        held_out = ("--hold-out", str(self.held_out)) if self.held_out else ()
        return ("--epochs", str(self.epochs), *self.options, *held_out)

    @property
    def programs(self):
        """A folder of the build, and in it the targets that train and evaluate."""
        return (("bench", "train_variants", "evaluate_variants") if self.is_variant else
                ("examples", "train", "evaluate"))


DATA_SETS = ("cifar10", "cifar100")
PUBLISHED_RECIPE = ("--rate", "0.1", "--schedule", "cosine_by_epoch", "--weight-decay", "0.0001", "--batch", "128")
PUBLISHED = {
    "augshufflenet_plus": {"x0_5": (90.90, 68.53), "x1_0": (93.39, 73.03), "x1_5": (93.94, 74.61)},
    "shufflenetv2_cifar": {"x0_5": (90.36, 66.85), "x1_0": (92.90, 71.93), "x1_5": (93.61, 73.65)},
}
TITLES = {"augshufflenet_plus": "AugShuffleNet", "shufflenetv2_cifar": "ShuffleNetV2"}
WIDE_SPLITS = ("1/4", "1/8")  # the article's ablation at 1.5x


# Multiply-adds and parameters, as evaluate says them.
COSTS = {
    "augshufflenet_x0_5_cifar10": (10198144, 330862),
    "augshufflenet_never_x0_5_cifar10": (9553024, 311398),
    "augshufflenet_twice_x0_5_cifar10": (10256896, 332578),
    "augshufflenet_no_shuffle_x0_5_cifar10": (10198144, 330862),
    "augshufflenet_split_1_8_x0_5_cifar10": (9343360, 304918),
    "augshufflenet_split_1_4_x0_5_cifar10": (9678592, 315154),
    "augshufflenet_split_1_2_x0_5_cifar10": (10902016, 352042),
    "augshufflenet_never_no_shuffle_x0_5_cifar10": (9553024, 311398),
    "augshufflenet_twice_no_shuffle_x0_5_cifar10": (10256896, 332578),
    "augshufflenet_article_x0_5_cifar10": (10198144, 330862),
    "augshufflenet_plus_x0_5_cifar10": (10198144, 330862),
    "augshufflenet_plus_split_1_4_x1_5_cifar10": (78960384, 2032594),
    "augshufflenet_plus_split_1_8_x1_5_cifar10": (75027840, 1914806),
    "augshufflenet_plus_split_1_4_x1_5_cifar100": (79052544, 2124844),
    "augshufflenet_plus_split_1_8_x1_5_cifar100": (75120000, 2007056),
    "augshufflenet_plus_x0_5_cifar100": (10290304, 423112),
    "augshufflenet_plus_x1_0_cifar10": (43547968, 1208488),
    "augshufflenet_plus_x1_0_cifar100": (43640128, 1300738),
    "augshufflenet_plus_x1_5_cifar10": (85371008, 2223950),
    "augshufflenet_plus_x1_5_cifar100": (85463168, 2316200),
    "shufflenetv2_cifar_x0_5_cifar10": (10902016, 352042),
    "shufflenetv2_cifar_x0_5_cifar100": (10994176, 444292),
    "shufflenetv2_cifar_x1_0_cifar10": (45002112, 1263854),
    "shufflenetv2_cifar_x1_0_cifar100": (45094272, 1356104),
    "shufflenetv2_cifar_x1_5_cifar10": (94259712, 2488874),
    "shufflenetv2_cifar_x1_5_cifar100": (94351872, 2581124),
}


WIDTHS = ("x0_5", "x1_0", "x1_5")


def table_row(network, title, data, published, is_variant=False):
    return Row(f"{network}_{data}", "table", title, f"{network}_{data}", data, 200, (1, 2, 3), PUBLISHED_RECIPE,
               published, is_variant, wave=WIDTHS.index(network[-4:]) + is_variant)


def table():
    """The published table, cheapest rows first, AugShuffleNet before its rival; then the article's other splits."""
    rows = [table_row(f"{family}_{width}", f"{TITLES[family]} {width[1:].replace('_', '.')}x", data,
                      PUBLISHED[family][width][column])
            for width in WIDTHS
            for family in ("augshufflenet_plus", "shufflenetv2_cifar")
            for column, data in enumerate(DATA_SETS)]
    return rows + [table_row(f"augshufflenet_plus_split_{split.replace('/', '_')}_x1_5",
                             f"AugShuffleNet 1.5x, r = {split}", data, None, True)
                   for split in WIDE_SPLITS for data in DATA_SETS]


BASE = "augshufflenet_x0_5_cifar10"
VARIANTS = (
    (BASE, "as published: r = 3/8, once, shuffle, port"),
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


# The short recipe: options in the order in which they are tuned, each with what is tried.
SHORT_NETWORK = "augshufflenet_plus_x0_5_cifar10"
FIRST_RECIPE = {"--batch": "64", "--rate": "0.1", "--weight-decay": "0.0005", "--label-smoothing": "0",
                "--crop-padding": "4", "--flip": "alternating", "--schedule": "linear", "--warm-up": "2"}
LEVERS = {"--batch": ("64", "32", "128"), "--rate": ("0.1", "0.2", "0.05"), "--weight-decay": ("0.0005", "0.0001"),
          "--label-smoothing": ("0", "0.1"), "--crop-padding": ("4", "2"), "--flip": ("alternating", "by_chance"),
          "--schedule": ("linear", "cosine")}
TUNING_EPOCHS, TUNING_SEEDS, HELD_OUT = 15, (1, 2), 5000
CURVE_EPOCHS = (30, 20, 40, 15, 10)
AIM = 90.0


def recipe_name(recipe):
    return "_".join(value for value in recipe.values())


def tuning_row(recipe):
    options = tuple(word for option in recipe.items() for word in option)
    return Row(f"tuning_{recipe_name(recipe)}", "tuning", recipe_name(recipe), SHORT_NETWORK, "cifar10", TUNING_EPOCHS,
               TUNING_SEEDS, options, held_out=HELD_OUT)


def accuracies(row, results):
    """Of the seeds that the row asks for, as far as they are there."""
    return [entry["accuracy"] for entry in results if entry["row"] == row.name and entry["seed"] in row.seeds]


def tune(results):
    """All rows of the tuning as far as results go, and the recipe once it is found: the best of each option in turn,
    by the mean over seeds of what was held out."""
    recipe, rows = dict(FIRST_RECIPE), {}
    for option, values in LEVERS.items():
        tried = {value: tuning_row({**recipe, option: value}) for value in values}
        rows.update((row.name, row) for row in tried.values())
        reached = {value: accuracies(row, results) for value, row in tried.items()}
        if any(len(found) < len(TUNING_SEEDS) for found in reached.values()):
            return list(rows.values()), None
        recipe[option] = max(values, key=lambda value: statistics.mean(reached[value]))
    return list(rows.values()), recipe


def tuning(results):
    return tune(results)[0]


def short(results):
    """The curve of accuracy against epochs, once the recipe is found."""
    recipe = tune(results)[1]
    if recipe is None:
        return []
    options = tuple(word for option in recipe.items() for word in option)
    return [Row(f"short_{recipe_name(recipe)}_{epochs}_epochs", "short", f"{epochs} epochs", SHORT_NETWORK, "cifar10",
                epochs, (1, 2, 3), options, threads=2) for epochs in CURVE_EPOCHS]


GROUPS = {"variants": lambda results: variants(), "tuning": tuning, "short": short, "table": lambda results: table()}


def every_row(results):
    return [row for make in GROUPS.values() for row in make(results)]
