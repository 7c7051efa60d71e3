// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "plait/core/agreement.hpp"
#include "plait/core/decimal.hpp"
#include "plait/core/finite.hpp"
#include "plait/core/in_quotes.hpp"
#include "plait/core/result.hpp"
#include "plait/io/file.hpp"
#include "plait/io/safetensors.hpp"
#include "plait/io/weight_reader.hpp"

namespace plait::inline PLAIT_TARGET {

/// When outputs are those of the file.
struct verify_options {
    /// How far a value may be off, as a part of the output's largest. Float sums in another order differ by
    /// less; padding, an epsilon or an activation that is not the module's makes more.
    double tolerance = 1e-4;
};

namespace detail {

/// The input and the outputs that a file has stored, without the dimensions of 1.
class example_reader {
public:
    example_reader(const safetensors& file, std::string_view source) : file_(file), source_(source) {}

    /// How many outputs are stored.
    int outputs() const {
        int count = 0;
        while (file_.find(output_name(count))) ++count;
        return count;
    }

    /// The first has no number.
    static std::string input_name(int index) {
        return std::string(example_prefix) + "input" + (index == 0 ? "" : std::to_string(index));
    }

    static std::string output_name(int index) {
        return std::string(example_prefix) + "output" + std::to_string(index);
    }

    /// The values of a tensor of that shape.
    [[gnu::cold]] result<std::vector<float>> values(const std::string& name, shape expected) const {
        const stored_tensor* tensor = file_.find(name);
        if (!tensor)
            return failure{source_ + ": has no example to verify with: tensor " + in_quotes(name) +
                           " is missing"};
        const std::vector<std::int64_t> dimensions{expected.channels, expected.height, expected.width};
        if (without_ones(tensor->dimensions) != without_ones(dimensions))
            return failure{source_ + ": tensor " + in_quotes(name) + " has shape " +
                           bracketed(tensor->dimensions) + " where the network has " + bracketed(dimensions)};
        std::vector<float> found(static_cast<std::size_t>(tensor->elements()));
        if (!copy_as_float(*tensor, found.data()))
            return failure{source_ + ": tensor " + in_quotes(name) + " has type " +
                           std::string(name_of(tensor->type)) + " where " + std::string(float_types) +
                           " was expected"};
        for (std::size_t i = 0; i < found.size(); ++i) {
            if (!is_finite(found[i]))
                return failure{source_ + ": tensor " + in_quotes(name) +
                               " has a value that is not finite at " + std::to_string(i) +
                               " where numbers were expected"};
        }
        return found;
    }

    /// How far an output is off at most, as a part of its largest value; a sentence where that is too far.
    [[gnu::cold]] result<double> compare(int index, std::span<const float> found, shape dimensions,
                                         double tolerance) const {
        const auto expected = values(output_name(index), dimensions);
        if (!expected) return failure{expected.error()};
        const auto furthest =
            largest_deviation(found, *expected, static_cast<double>(std::numeric_limits<float>::min()));
        const std::string output = source_ + ": output " + std::to_string(index) + " of the network";
        if (!furthest) return failure{output + ": " + std::string(furthest.error())};
        if (furthest->of_largest <= tolerance) return furthest->of_largest;
        return failure{output + " differs from the file's example by " +
                       short_decimal(furthest->of_largest, 3) + " of its largest value where at most " +
                       short_decimal(tolerance, 3) + " was expected"};
    }

private:
    static std::vector<std::int64_t> without_ones(std::vector<std::int64_t> dimensions) {
        std::erase(dimensions, 1);
        return dimensions;
    }

    const safetensors& file_;
    std::string source_;
};

}  // namespace detail

/// Runs a model on the input that `examples/export_weights.py` has stored beside its weights, and holds every
/// output against the module's. Gives how far the worst value is off, as a part of its output's largest
/// value; or one sentence: which output differs by how much, or what the file lacks.
template <class Model>
result<double> verify(const Model& loaded, std::span<const std::byte> bytes,
                      std::string_view source = "weights", const verify_options& options = {}) {
    using network = typename Model::network;
    if (!(options.tolerance >= 0))
        return failure{std::string(source) + ": a tolerance of at least 0 was expected"};
    const auto file = safetensors::parse(bytes, source);
    if (!file) return failure{file.error()};
    const detail::example_reader example(*file, source);
    const auto scratch = std::make_unique<typename Model::workspace>();
    std::string sentence;
    const auto put = [&]<int Index>(std::integral_constant<int, Index>) {
        if (!sentence.empty()) return;
        const auto picture =
            example.values(detail::example_reader::input_name(Index), network::template input_shape<Index>);
        if (!picture)
            sentence = picture.error();
        else
            loaded.template input<Index>(*scratch).copy(picture->data());
    };
    [&]<int... Index>(std::integer_sequence<int, Index...>) {
        (put(std::integral_constant<int, Index>{}), ...);
    }
    (std::make_integer_sequence<int, network::input_count>{});
    if (!sentence.empty()) return failure{sentence};
    if (example.outputs() != network::sizes.outputs)
        return failure{std::string(source) + ": has an example of " + std::to_string(example.outputs()) +
                       " outputs where the network has " + std::to_string(network::sizes.outputs)};
    loaded.run(*scratch);
    double worst = 0;
    int index = 0;
    const auto compare = [&](const auto& map) {
        if (!sentence.empty()) return;
        std::vector<float> found(static_cast<std::size_t>(map.dimensions.elements()));
        map.copy_to(std::span<float, static_cast<std::size_t>(
                                         std::remove_cvref_t<decltype(map)>::dimensions.elements())>(found));
        const auto off = example.compare(index++, found, map.dimensions, options.tolerance);
        if (!off)
            sentence = off.error();
        else
            worst = std::max(worst, *off);
    };
    std::apply([&](const auto&... map) { (compare(map), ...); }, loaded.outputs(*scratch));
    if (!sentence.empty()) return failure{sentence};
    return worst;
}

/// The same from a file.
template <class Model>
result<double> verify(const Model& loaded, const file_path& path, const verify_options& options = {}) {
    const auto bytes = detail::read_file_bytes(path);
    if (!bytes) return failure{bytes.error()};
    return verify(loaded, bytes->span(), path.string(), options);
}

}  // namespace plait::inline PLAIT_TARGET
