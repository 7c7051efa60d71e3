// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "plait/core/finite.hpp"
#include "plait/core/result.hpp"
#include "plait/io/file.hpp"
#include "plait/io/safetensors.hpp"
#include "plait/models/naming.hpp"
#include "plait/network/model.hpp"
#include "plait/network/reference.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

/// PyTorch's default, which all networks here were trained with.
inline constexpr double batch_norm_epsilon = 1e-5;

/// Takes layers out of a file and remembers which tensors were asked for.
class weight_reader {
public:
    weight_reader(const safetensors& file, std::string source, const char* expected_names)
        : file_(file), source_(std::move(source)), expected_names_(expected_names) {}

    /// Of one group of a convolution, its part.
    result<folded_layer> layer(const op& o, const layer_names& names) {
        const std::vector<layer_tensor> tensors = tensors_of_layer(o, names);
        std::vector<std::vector<float>> parts;
        for (const layer_tensor& wanted : tensors) {
            parts.emplace_back();
            if (auto done = values(wanted, parts.back()); !done) return failure{done.error()};
            take_part(o.part, parts.back());
        }
        folded_layer read{std::move(parts[0]), std::vector<float>(static_cast<std::size_t>(o.out.count))};
        if (o.after == affine::bias) read.bias = std::move(parts[1]);
        if (o.after == affine::batch_norm) {
            if (auto done = fold_norm(names.norm, {parts[1], parts[2], parts[3], parts[4]}, read); !done)
                return failure{done.error()};
        }
        return read;
    }

    /// A file with more than the network takes is a file for another network.
    result<void> nothing_left() const {
        for (const stored_tensor& t : file_.tensors()) {
            if (t.name.ends_with("num_batches_tracked") || asked_.contains(t.name)) continue;
            return failure{source_ + ": tensor " + in_quotes(t.name) + " was not expected" + other_names()};
        }
        return {};
    }

private:
    result<void> values(const layer_tensor& wanted, std::vector<float>& to) {
        const auto& [name, dimensions] = wanted;
        const stored_tensor* stored = file_.find(name);
        if (!stored) return failure{source_ + ": tensor '" + name + "' is missing" + other_names()};
        if (stored->dimensions != dimensions)
            return failure{source_ + ": tensor '" + name + "' has shape " + bracketed(stored->dimensions) +
                           " where " + bracketed(dimensions) + " was expected" + other_names()};
        std::size_t count = 1;
        for (const std::int64_t d : dimensions) count *= static_cast<std::size_t>(d);
        to.resize(count);
        if (!copy_as_float(*stored, to.data()))
            return failure{source_ + ": tensor '" + name + "' has type " +
                           std::string(name_of(stored->type)) + " where F32, F16 or BF16 was expected"};
        for (std::size_t i = 0; i < count; ++i) {
            if (!is_finite(to[i]))
                return failure{source_ + ": tensor '" + name + "' has a value that is not finite at " +
                               std::to_string(i) + " where numbers were expected"};
        }
        asked_.insert(name);
        return {};
    }

    static void take_part(weight_part part, std::vector<float>& values) {
        if (part.count == 1) return;
        const std::size_t size = values.size() / static_cast<std::size_t>(part.count);
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(size) * part.index;
        values = std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(size));
    }

    struct norm_values {
        std::span<const float> weight, bias, mean, variance;
    };

    /// y = (x - mean) / sqrt(variance + epsilon) * weight + bias, in double precision.
    result<void> fold_norm(const std::string& norm, norm_values values, folded_layer& layer) {
        const auto& [weight, bias, mean, variance] = values;
        const std::size_t fan_in = layer.weights.size() / weight.size();
        for (std::size_t c = 0; c < weight.size(); ++c) {
            if (variance[c] < 0)
                return failure{source_ + ": tensor '" + norm + ".running_var' is negative at " +
                               std::to_string(c) + " where a variance was expected"};
            const double scale = double{weight[c]} / std::sqrt(double{variance[c]} + batch_norm_epsilon);
            bool fits = put_float(double{bias[c]} - double{mean[c]} * scale, layer.bias[c]);
            for (std::size_t k = c * fan_in; k < (c + 1) * fan_in; ++k)
                fits = put_float(double{layer.weights[k]} * scale, layer.weights[k]) && fits;
            if (!fits)
                return failure{source_ + ": batch norm '" + norm + "' makes weights at " + std::to_string(c) +
                               " that are larger than a float where numbers were expected"};
        }
        return {};
    }

    /// False where no finite float is near.
    static bool put_float(double value, float& to) {
        if (!(std::abs(value) <= double{std::numeric_limits<float>::max()})) return false;
        to = static_cast<float>(value);
        return true;
    }

    /// Where the file is another published network's, its name.
    std::string other_names() const {
        const char* found = published_names([this](const char* name) { return file_.find(name) != nullptr; });
        if (!found || std::string(found) == expected_names_) return "";
        return std::string(": the file's names are those of ") + found + ", and this network expects " +
               expected_names_;
    }

    const safetensors& file_;
    std::string source_;
    const char* expected_names_;
    std::set<std::string, std::less<>> asked_;
};

/// What loading gives: of a network its model, of a kind of model the same.
template <class Loaded>
struct model_of {
    using type = model<Loaded>;
};
template <class Loaded>
    requires requires(Loaded& m, const float* values) { m.set_weights(0, values, values); }
struct model_of<Loaded> {
    using type = Loaded;
};

}  // namespace detail

/// Reads a PyTorch state_dict in safetensors (F32, F16, BF16) into a model of any kind, under the names that
/// its network is published with; batch norm is folded in double precision. All of it fits, or one sentence
/// says what does not: the tensor, what was expected and what was found; then some weights may be set.
/// `source` is what the sentence calls the bytes.
template <class Model>
result<void> load_into(Model& loaded, std::span<const std::byte> bytes, std::string_view source = "weights") {
    using network = typename Model::network;
    using names = typename detail::names_of<network>::type;
    const auto file = safetensors::parse(bytes, source);
    if (!file) return failure{file.error()};
    detail::weight_reader reader(*file, std::string(source), names::description);
    layer_walk walk;
    for (int i = 0; i < network::sizes.ops; ++i) {
        const op& o = network::calls.ops[i];
        if (!o.has_weights()) continue;
        const auto layer = reader.layer(o, names::of(walk.step(o)));
        if (!layer) return failure{layer.error()};
        loaded.set_weights(i, layer->weights.data(), layer->bias.data());
    }
    return reader.nothing_left();
}

/// The same from a file.
template <class Model>
result<void> load_into(Model& loaded, const std::filesystem::path& path) {
    const auto bytes = read_file(path);
    if (!bytes) return failure{bytes.error()};
    return load_into(loaded, std::span<const std::byte>(*bytes), path.string());
}

/// A model of a network, or one of the kind that is named, with weights as `load_into` reads them; or the
/// sentence that says why not.
template <class Network>
auto load(std::span<const std::byte> bytes, std::string_view source = "weights")
    -> result<typename detail::model_of<Network>::type> {
    typename detail::model_of<Network>::type loaded;
    if (const auto done = load_into(loaded, bytes, source); !done) return failure{done.error()};
    return loaded;
}

/// The same from a file.
template <class Network>
auto load(const std::filesystem::path& path) -> result<typename detail::model_of<Network>::type> {
    typename detail::model_of<Network>::type loaded;
    if (const auto done = load_into(loaded, path); !done) return failure{done.error()};
    return loaded;
}

}  // namespace plait::inline PLAIT_TARGET
