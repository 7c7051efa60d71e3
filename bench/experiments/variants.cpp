// SPDX-License-Identifier: BSD-3-Clause
// The networks of bench/accuracy that nobody has published, under the names that it calls them by.

#include "../../examples/any_network/entries.hpp"
#include "../../examples/any_network/trainer_entries.hpp"
#include "plait/models/augshufflenet.hpp"

namespace {

using plait::communication;
using plait::order;
using plait::ratio;

/// AugShuffleNet 0.5x in port order for CIFAR-10, but for what is said.
constexpr plait::augshufflenet_options base{};

constexpr plait::augshufflenet_options of_split(ratio split) {
    plait::augshufflenet_options made = base;
    made.split = split;
    return made;
}
constexpr plait::augshufflenet_options of_communication(communication often, int shuffle_groups = 2) {
    plait::augshufflenet_options made = base;
    made.communication = often;
    made.shuffle_groups = shuffle_groups;
    return made;
}
constexpr plait::augshufflenet_options of_order(order variant) {
    plait::augshufflenet_options made = base;
    made.variant = variant;
    return made;
}

/// The article's 1.5x with another split, in the order of its author's code.
constexpr plait::augshufflenet_options of_wide_split(ratio split, int classes) {
    return {.width = 176, .classes = classes, .split = split, .variant = order::plus};
}

template <examples::fixed_string Name, plait::augshufflenet_options Options>
using variant = examples::named<Name, plait::augshufflenet<Options>>;

constexpr communication never = communication::never;
constexpr communication once = communication::after_depthwise;
constexpr communication twice = communication::after_both;

// clang-format off
using variants = examples::network_list<
    variant<"augshufflenet_x0_5_cifar10", base>,
    variant<"augshufflenet_split_1_8_x0_5_cifar10", of_split({1, 8})>,
    variant<"augshufflenet_split_1_4_x0_5_cifar10", of_split({1, 4})>,
    variant<"augshufflenet_split_1_2_x0_5_cifar10", of_split({1, 2})>,
    variant<"augshufflenet_never_x0_5_cifar10", of_communication(never)>,
    variant<"augshufflenet_twice_x0_5_cifar10", of_communication(twice)>,
    variant<"augshufflenet_no_shuffle_x0_5_cifar10", of_communication(once, 1)>,
    variant<"augshufflenet_never_no_shuffle_x0_5_cifar10", of_communication(never, 1)>,
    variant<"augshufflenet_twice_no_shuffle_x0_5_cifar10", of_communication(twice, 1)>,
    variant<"augshufflenet_article_x0_5_cifar10", of_order(order::article)>,
    variant<"augshufflenet_plus_x0_5_cifar10", of_order(order::plus)>,
    variant<"augshufflenet_plus_split_1_4_x1_5_cifar10", of_wide_split({1, 4}, 10)>,
    variant<"augshufflenet_plus_split_1_8_x1_5_cifar10", of_wide_split({1, 8}, 10)>,
    variant<"augshufflenet_plus_split_1_4_x1_5_cifar100", of_wide_split({1, 4}, 100)>,
    variant<"augshufflenet_plus_split_1_8_x1_5_cifar100", of_wide_split({1, 8}, 100)>>;
// clang-format on

}  // namespace

namespace examples {

const std::vector<network_entry>& all_networks() {
    static const std::vector<network_entry> entries = [] {
        std::vector<network_entry> made;
        append_entries<variants>(made);
        return made;
    }();
    return entries;
}

const std::vector<trainer_entry>& trainer_entries() {
    static const std::vector<trainer_entry> entries = [] {
        std::vector<trainer_entry> made;
        append_trainers<variants>(made);
        return made;
    }();
    return entries;
}

}  // namespace examples
