// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>
#include <type_traits>

#include "plait/core/name.hpp"
#include "plait/network/network.hpp"
#include "plait/network/packing.hpp"

namespace plait::inline PLAIT_TARGET {

template <precision Precision, class Network, name... InFloats>
struct network_in;

namespace detail {

/// Whether a layer's name is that one, or begins with it and a dot.
constexpr bool is_layer_of(std::string_view layer, std::string_view named) {
    return layer == named || (layer.size() > named.size() && layer.substr(0, named.size()) == named &&
                              layer[named.size()] == '.');
}

/// Which calls stay in fp32, by the names of their layers.
template <class Network, name... InFloats>
struct float_calls {
    static constexpr int names = sizeof...(InFloats);
    bool of[as_size(at_least_one(Network::sizes.ops))]{};
    int found[as_size(at_least_one(names))]{};

    constexpr float_calls() {
        const name all[as_size(at_least_one(names))]{InFloats...};
        for (int i = 0; i < Network::sizes.ops; ++i) {
            const op& o = Network::calls.ops[i];
            if (!o.has_tensors() || o.written == op::none) continue;
            const std::string_view layer = Network::written.text(Network::written.ops[o.written].name);
            for (int n = 0; n < names; ++n) {
                if (!is_layer_of(layer, all[n].view())) continue;
                of[i] = true;
                ++found[n];
            }
        }
    }
    constexpr bool found_all() const {
        for (int n = 0; n < names; ++n)
            if (found[n] == 0) return false;
        return true;
    }
};

/// A network's calls on packs. Compilers limit the steps of one constant, so that each stage is one by
/// itself.
template <precision Precision, class Network, name... InFloats>
struct packed_calls {
    static constexpr graph_sizes sizes = Network::sizes;
    static constexpr auto in_floats = float_calls<Network, InFloats...>{};
    static constexpr reader_marks<sizes> marks = find_reader_marks(Network::calls);
    static constexpr int most_pool = most_pool_of(Network::calls);
    static constexpr loose_packing<sizes, most_pool> loose =
        packer<sizes, most_pool, Precision>(Network::calls, marks, in_floats.of).pack();
    static constexpr graph_sizes slot_sizes = loose.sizes_of_all();
    template <int Lanes>
    struct of_lanes {
        static constexpr packing<sizes, slot_sizes> packs = tighten<slot_sizes>(Network::calls, loose, Lanes);
    };
};

/// What is planned in place of a network: the same calls over slots.
template <class Network, int Lanes = native_lanes>
struct network_of_slots {
    static constexpr const auto& calls = Network::packed::template of_lanes<Lanes>::packs.slots;
    static constexpr graph_sizes sizes = std::remove_cvref_t<decltype(calls)>::sizes;
    static constexpr const auto& written = Network::written;
    static constexpr long long parameters = Network::parameters;
    static constexpr long long macs = Network::macs;
};

/// Sums of so many bytes and weights may leave 32 bits.
template <class Network>
constexpr bool sums_fit_32_bits() {
    constexpr int most = 0x7fffffff / 2 / (255 * 127);
    for (int i = 0; i < Network::sizes.ops; ++i)
        if (Network::calls.ops[i].has_weights() && Network::calls.ops[i].fan_in() > most) return false;
    return true;
}

}  // namespace detail

/// The layouts of packs: planes of slots, but single pixels.
inline constexpr int slots_in_planes = 0;

/// A network in bf16 or int8: the same blocks, graph and names. Layers that are named, or lie in a scope that
/// is, stay in fp32.
template <precision Precision, class Network, name... InFloats>
struct network_in : Network {
    static_assert(
        detail::packed_calls<Precision, Network, InFloats...>::in_floats.found_all(),
        "a layer that is to stay in fp32 is none of the network's: names such as \"layer1.0.conv1\", "
        "or of scopes that have layers, were expected");
    static_assert(Precision != precision::int8 || detail::sums_fit_32_bits<Network>(),
                  "a layer sums over more inputs than 32 bits hold in int8: at most 33,155 were expected");

    using in_floats = Network;
    static constexpr precision kept_in = Precision;
    /// Which of its channels lie together, and what runs over them.
    using packed = detail::packed_calls<Precision, Network, InFloats...>;
    static constexpr const auto& packs = packed::template of_lanes<native_lanes>::packs;

    /// All the memory that a forward pass touches beside weights, input and output.
    static constexpr long long workspace_bytes =
        sizeof(float) *
        planned<detail::network_of_slots<network_in>, layout_policy{slots_in_planes}>::where.size;
    struct workspace
        : workspace_of<
              planned<detail::network_of_slots<network_in>, layout_policy{slots_in_planes}>::where.size> {};
};

namespace detail {

template <precision Precision, class Network, name... InFloats>
struct choose_precision {
    using type = network_in<Precision, Network, InFloats...>;
};
template <class Network, name... InFloats>
struct choose_precision<precision::f32, Network, InFloats...> {
    using type = Network;
};

template <class Network>
inline constexpr precision precision_of_network = precision::f32;
template <precision Precision, class Network, name... InFloats>
inline constexpr precision precision_of_network<network_in<Precision, Network, InFloats...>> = Precision;

}  // namespace detail

/// A network in a precision, with all layers of those names in fp32: `in<precision::int8, net, "conv1">`.
template <precision Precision, class Network, name... InFloats>
using in = typename detail::choose_precision<Precision, Network, InFloats...>::type;

/// What a network is kept in.
template <class Network>
inline constexpr precision precision_of = detail::precision_of_network<Network>;

}  // namespace plait::inline PLAIT_TARGET
