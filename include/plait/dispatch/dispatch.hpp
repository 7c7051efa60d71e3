// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plait/dispatch/compiled_network.hpp"
#include "plait/network/packed_model.hpp"
#include "plait/network/weights.hpp"
#include "plait/simd/dispatch.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

#if defined(__x86_64__)
template <class Targets>
inline constexpr const compiled_network* units_of[]{&Targets::avx512, &Targets::avx2, &Targets::sse4_2,
                                                    &Targets::baseline};
inline int best_unit() { return static_cast<int>(simd::best_instruction_set()); }

/// The most that `size` gives for as many lanes as a unit may have.
template <class Size>
constexpr int most_of_all_units(Size size) {
    return std::max(
        {size.template operator()<16>(), size.template operator()<8>(), size.template operator()<4>()});
}
#else
template <class Targets>
inline constexpr const compiled_network* units_of[]{&Targets::PLAIT_LEVEL};
inline int best_unit() { return 0; }

template <class Size>
constexpr int most_of_all_units(Size size) {
    return size.template operator()<native_lanes>();
}
#endif

/// Who runs a model: a unit's kernels.
template <class Network>
struct runner_of_unit {
    explicit runner_of_unit(const compiled_network& of)
        : unit(&of),
          packed_size(of.packed_size),
          offsets(of.offsets),
          steps(of.steps),
          input_step(of.input_step) {}

    void forward(const float* packed, float* scratch) const { unit->forward(packed, scratch); }

    template <class Look>
    void observe(const float* packed, float* scratch, Look look) const {
        unit->observe(
            packed, scratch, [](void* context, int op) { (*static_cast<Look*>(context))(op); }, &look);
    }

    template <class Put, class Take>
    void forward_batch(int count, Put put, Take take, const float* packed, float* scratch,
                       float* kept) const {
        std::pair<Put&, Take&> both{put, take};
        using callbacks = decltype(both);
        unit->forward_batch(
            count, [](void* context, int i) { static_cast<callbacks*>(context)->first(i); },
            [](void* context, int i, const float* values, const int* at, const unsigned char* apart) {
                static_cast<callbacks*>(context)->second(i, map_view(values, at, apart, Network::output));
            },
            &both, packed, scratch, kept);
    }

    const compiled_network* unit;
    long long packed_size;
    const int* offsets;
    const unsigned char* steps;
    int input_step;
};

/// The same with as much memory as any of a network's units needs.
template <class Network>
struct unit_runner : runner_of_unit<Network> {
    static constexpr int workspace_size =
        most_of_all_units([]<int Lanes> { return planned<Network, layout_policy{}, Lanes>::workspace_size; });
    static constexpr int kept_size = most_of_all_units(
        []<int Lanes> { return batch_executor<Network, layout_policy{}, Lanes>::kept_size; });

    /// Large enough for every instruction set.
    struct workspace : workspace_of<workspace_size> {};

    using runner_of_unit<Network>::runner_of_unit;
};

/// A network's units: those that this processor runs.
template <class Targets, class Network>
class runnable_units {
    static constexpr const auto& units = units_of<Targets>;

public:
    static const compiled_network& best() { return *checked(*units[best_unit()]).value(); }

    /// That of an instruction set, or the sentence that says why not.
    static result<const compiled_network*> for_target(std::string_view name) {
        const auto found = std::find_if(std::begin(units), std::end(units),
                                        [&](const compiled_network* unit) { return unit->target == name; });
        if (found == std::end(units))
            return failure{"target '" + std::string(name) + "' is not compiled in" + expected_names()};
        if (found - std::begin(units) < best_unit())
            return failure{"target '" + std::string(name) + "' is beyond this processor" + expected_names()};
        return checked(**found);
    }

    /// Names of their instruction sets, the best first.
    static std::vector<std::string_view> names() {
        std::vector<std::string_view> all;
        for (const auto* unit = units + best_unit(); unit != std::end(units); ++unit)
            all.emplace_back((*unit)->target);
        return all;
    }

private:
    static result<const compiled_network*> checked(const compiled_network& unit) {
        using runner = unit_runner<Network>;
        if (unit.parameters != Network::parameters || unit.macs != Network::macs ||
            unit.workspace_size > runner::workspace_size || unit.kept_size > runner::kept_size)
            return failure{"the unit for " + std::string(unit.target) +
                           " was compiled of another network, where the program's was expected"};
        return &unit;
    }

    static std::string expected_names() {
        std::string text = ", where one of";
        for (const std::string_view name : names()) text.append(" ").append(name);
        return text + " was expected";
    }
};

}  // namespace detail

/// A model whose kernels were compiled for several instruction sets, one translation unit each: it takes the
/// best which the processor runs, when it is made. All else is as of a `model`. `PLAIT_DISPATCH` names it.
/// Networks in bf16 and int8 want plait/dispatch/precision.hpp in its place.
template <class Targets, class Network>
class dispatched : public packed_model<Network, detail::unit_runner<Network>, owned_weights<Network>> {
    using units = detail::runnable_units<Targets, Network>;
    using weights = owned_weights<Network>;
    using base = packed_model<Network, detail::unit_runner<Network>, weights>;

    dispatched(const compiled_network& unit, weights set)
        : base(detail::unit_runner<Network>(unit), std::move(set)) {}
    explicit dispatched(const compiled_network& unit) : dispatched(unit, weights(unit.packed_size)) {}

public:
    /// On the best instruction set, without weights, as of a `model`.
    dispatched() : dispatched(units::best()) {}

    /// On the best instruction set, with weights that are all zero.
    static dispatched zeros() {
        return dispatched(units::best(), weights(units::best().packed_size).as_they_are());
    }

    /// On the instruction set of that name, without weights; a sentence where it is not one of `targets()`.
    static result<dispatched> for_target(std::string_view name) {
        const auto unit = units::for_target(name);
        if (!unit) return failure{unit.error()};
        return dispatched(**unit);
    }

    /// The instruction sets that this processor runs, the best first: avx512, avx2, sse4_2 and baseline, or,
    /// where the program is not for x86-64, that of its flags alone.
    static std::vector<std::string_view> targets() { return units::names(); }

    /// The instruction set that was taken.
    std::string_view target() const { return this->runner_.unit->target; }

    /// As of a `model`.
    void set_weights(int op, const float* values, const float* bias) {
        this->runner_.unit->pack(op, values, bias, this->weights_.set(op));
    }
};

}  // namespace plait::inline PLAIT_TARGET

/// PLAIT_DISPATCH(digits, plait::augshufflenet_x0_5<10>); makes `digits` the model of a network whose units
/// are linked to the program: plait/dispatch/unit.hpp says how to make them, and CMake's plait_dispatch does.
#define PLAIT_DISPATCH(name, ...) \
    PLAIT_DISPATCH_TARGETS(name); \
    using name = plait::dispatched<name##_targets, __VA_ARGS__>
