// SPDX-License-Identifier: BSD-3-Clause
#include "precisions.hpp"

// Before what calls `plait::load`.
#include "entries.hpp"
#include "networks.hpp"
#include "plait/network/quantisation_losses.hpp"
#include "plait/precision.hpp"

namespace examples {

namespace {

using namespace plait;

// clang-format off
using networks_in_precisions = network_list<
    named<"augshufflenet_x0_5_cifar10", augshufflenet_x0_5<10>>,
    named<"augshufflenet_plus_x0_5_cifar100", augshufflenet_x0_5<100, order::plus>>,
    named<"augshufflenet_microcontroller_cifar10", microcontroller_network>>;
// clang-format on

/// A network in one precision, with what entries have.
template <class Network>
const network_entry& entry_in(std::string_view name) {
    static const network_entry entry = detail::entry_of<Network>(name);
    return entry;
}

template <class Network>
plait::result<std::unique_ptr<any_network>> load_in(precision kept, std::string_view name,
                                                    std::span<const std::byte> bytes,
                                                    std::string_view source) {
    using half = in<precision::bf16, Network>;
    using small = in<precision::int8, Network>;
    if (kept == precision::bf16) return examples::detail::load_as<half>(entry_in<half>(name), bytes, source);
    return examples::detail::load_as<small>(entry_in<small>(name), bytes, source);
}

template <class Network>
plait::result<quantised_network> quantise_as(std::string_view name, const std::filesystem::path& weights,
                                             const cifar_dataset& pictures, std::span<const int> chosen) {
    using small = in<precision::int8, Network>;
    constexpr std::size_t most_measured = 16;
    auto floats = load<Network>(file_path(weights));
    if (!floats) return failure{floats.error()};
    calibrator<model<Network>> watching(*floats);
    std::vector<tensor<float, Network::input>> measured;
    for (const int i : chosen) {
        const auto picture = pictures.picture_tensor(i);
        if (const auto done = watching.add(picture); !done) return failure{done.error()};
        if (measured.size() < most_measured) measured.push_back(picture);
    }
    const auto ranges = watching.ranges();
    if (!ranges) return failure{ranges.error()};
    const auto numbers = quantise<small>(file_path(weights), *ranges);
    if (!numbers) return failure{weights.string() + ": " + std::string(numbers.error())};
    auto bytes = model<small>::of(*numbers);
    if (!bytes) return failure{bytes.error()};

    quantised_network made;
    made.file = write_quantised<small>(*numbers);
    const network_tensors tensors = tensors_of<Network>();
    for (const call_loss& loss :
         measure_losses<small>(*floats, *bytes, *numbers, std::span(std::as_const(measured))))
        made.losses.push_back({std::string(plait::detail::words_of_call(tensors, loss.call)),
                               loss.signal_to_noise(), loss.saturated_share()});
    made.in_floats = std::make_unique<examples::detail::loaded_network<Network>>(entry_in<Network>(name),
                                                                                 std::move(*floats));
    made.in_bytes =
        std::make_unique<examples::detail::loaded_network<small>>(entry_in<small>(name), std::move(*bytes));
    return made;
}

/// Calls `use(named network)` of that name, or says which there are.
template <class Result, class Use, class... Named>
Result with_network(network_list<Named...>, std::string_view name, Use use) {
    Result found = failure{std::string()};
    bool is_found = false;
    ((!is_found && Named::name == name ? (is_found = true, found = use(Named{}), void()) : void()), ...);
    if (is_found) return found;
    std::string known;
    for (const std::string_view each : names_in_precisions())
        known += (known.empty() ? "" : ", ") + std::string(each);
    return failure{std::string(name) +
                   ": is not among the networks that are compiled in bf16 and int8, which are " + known};
}

template <class... Named>
std::vector<std::string_view> names_of(network_list<Named...>) {
    return {Named::name...};
}

}  // namespace

std::vector<std::string_view> names_in_precisions() { return names_of(networks_in_precisions{}); }

plait::result<std::unique_ptr<any_network>> load_network_in(plait::precision kept,
                                                            const std::filesystem::path& weights,
                                                            std::string_view name) {
    if (kept == plait::precision::f32) return load_network(weights, name);
    using loaded = plait::result<std::unique_ptr<any_network>>;
    const auto bytes = plait::read_file(weights);
    if (!bytes) return plait::failure{bytes.error()};
    const auto load_named = [&](std::string_view of) {
        return with_network<loaded>(networks_in_precisions{}, of, [&](auto named) {
            using network = typename decltype(named)::network;
            return load_in<network>(kept, named.name, *bytes, weights.string());
        });
    };
    if (!name.empty()) return load_named(name);
    const std::vector<std::string_view> names = names_in_precisions();
    loaded first = load_named(names.front());
    for (std::size_t i = 1; i < names.size() && !first; ++i)
        if (loaded other = load_named(names[i])) return other;
    return first;
}

plait::result<quantised_network> quantise_network(std::string_view name, const std::filesystem::path& weights,
                                                  const plait::cifar_dataset& pictures,
                                                  std::span<const int> chosen) {
    return with_network<plait::result<quantised_network>>(networks_in_precisions{}, name, [&](auto named) {
        using network = typename decltype(named)::network;
        return quantise_as<network>(named.name, weights, pictures, chosen);
    });
}

}  // namespace examples
