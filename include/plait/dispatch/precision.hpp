// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "plait/dispatch/dispatch.hpp"
#include "plait/network/quantised.hpp"

// What a program includes that dispatches a network in bf16 or int8.

namespace plait::inline PLAIT_TARGET {

namespace detail {

template <precision Precision, class Network, name... InFloats>
struct unit_runner<network_in<Precision, Network, InFloats...>>
    : runner_of_unit<network_in<Precision, Network, InFloats...>> {
    using net = network_in<Precision, Network, InFloats...>;
    static constexpr int workspace_size = most_of_all_units([]<int Lanes> {
        return planned<network_of_slots<net, Lanes>, layout_policy{slots_in_planes}, Lanes>::workspace_size;
    });
    static constexpr int kept_size = 0;

    /// Large enough for every instruction set.
    struct workspace : workspace_of<workspace_size> {};

    using runner_of_unit<net>::runner_of_unit;

    static constexpr const pack_lane* lanes = lanes_in_slots<net>::of;

    map_view output(int index, const float* scratch) const {
        const int first = net::packs.slots.outputs[index].first;
        return {scratch, this->unit->output_offsets + first, this->unit->output_steps + first,
                net::calls.outputs[index].dimensions()};
    }

    void pack(int op, const float* weights, const float* bias, float* packed) const {
        this->unit->pack(op, weights, bias, packed);
    }
    void pack_numbers(std::span<const channel_code> codes, float* packed) const {
        const split_codes all(codes);
        this->unit->pack_numbers(all.scales.data(), all.zeros.data(), packed);
    }
    void pack_bytes(int op, std::span<const channel_code> codes, const layer_bytes& layer,
                    float* packed) const {
        const split_codes all(codes);
        this->unit->pack_bytes(op, all.scales.data(), all.zeros.data(), layer.weights, layer.scale,
                               layer.bias, packed);
    }

private:
    /// As a unit takes them; null where there are none.
    struct split_codes {
        std::vector<float> scales;
        std::vector<int> zeros;

        explicit split_codes(std::span<const channel_code> codes) {
            for (const channel_code& code : codes) {
                scales.push_back(code.scale);
                zeros.push_back(code.zero);
            }
        }
    };
};

}  // namespace detail

/// The same of a network in bf16 or int8: in bf16 `load` makes one from a file of floats, in int8 from one
/// that was quantised. Bytes are the same on every instruction set.
template <class Targets, precision Precision, class Network, name... InFloats>
class dispatched<Targets, network_in<Precision, Network, InFloats...>>
    : public detail::model_in_packs<network_in<Precision, Network, InFloats...>,
                                    detail::unit_runner<network_in<Precision, Network, InFloats...>>> {
    using net = network_in<Precision, Network, InFloats...>;
    using units = detail::runnable_units<Targets, net>;
    using base = detail::model_in_packs<net, detail::unit_runner<net>>;
    explicit dispatched(const compiled_network& unit) : base(detail::unit_runner<net>(unit)) {}

public:
    /// On the best instruction set, without weights, as of a `model`.
    dispatched() requires(Precision == precision::bf16) : dispatched(units::best()) {}

    /// On the best instruction set, with weights that are all zero.
    static dispatched zeros() {
        dispatched made(units::best());
        made.take_zeros();
        return made;
    }

    /// On the instruction set of that name, without weights; a sentence where it is not one of `targets()`.
    static result<dispatched> for_target(std::string_view name) requires(Precision == precision::bf16) {
        const auto unit = units::for_target(name);
        if (!unit) return failure{unit.error()};
        return dispatched(**unit);
    }

    /// The model of numbers on the best instruction set, or what is wrong with them.
    static result<dispatched> of(const quantised_weights& numbers) requires(Precision == precision::int8) {
        return base::with(dispatched(units::best()), numbers);
    }
    /// The same on the instruction set of that name.
    static result<dispatched> for_target(std::string_view name,
                                         const quantised_weights& numbers) requires(Precision ==
                                                                                    precision::int8) {
        const auto unit = units::for_target(name);
        if (!unit) return failure{unit.error()};
        return base::with(dispatched(**unit), numbers);
    }

    /// As of any network that is dispatched.
    static std::vector<std::string_view> targets() { return units::names(); }
    /// The instruction set that was taken.
    std::string_view target() const { return this->runner_.unit->target; }
};

}  // namespace plait::inline PLAIT_TARGET
