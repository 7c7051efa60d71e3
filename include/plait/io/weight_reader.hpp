// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plait/core/finite.hpp"
#include "plait/core/function_view.hpp"
#include "plait/core/sort_by.hpp"
#include "plait/io/load_options.hpp"
#include "plait/io/safetensors.hpp"
#include "plait/network/fold.hpp"
#include "plait/network/tensors.hpp"

// From the tensors of a file to the weights of a kernel's call. All of it is of any network, so that it is
// compiled once.

namespace plait::inline PLAIT_TARGET {

/// Tensors in a file that are no weights but an input and the outputs that belong to it: see `verify`.
inline constexpr std::string_view example_prefix = "plait.example.";

/// Tensors in a file that are how far a training has come: see `trainer`.
inline constexpr std::string_view training_prefix = "plait.training.";

namespace detail {

/// How many letters one has to change, add or leave out to make one name of the other, if fewer than `most`.
[[gnu::cold, gnu::flatten, gnu::noinline]] inline std::size_t edit_distance(std::string_view a,
                                                                            std::string_view b,
                                                                            std::size_t most) {
    if (a.size() > b.size()) std::swap(a, b);
    if (b.size() - a.size() >= most) return most;
    std::vector<std::size_t> row(a.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t j = 1; j <= b.size(); ++j) {
        std::size_t diagonal = std::exchange(row[0], j);
        for (std::size_t i = 1; i <= a.size(); ++i) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[i], std::min({changed, row[i] + 1, row[i - 1] + 1}));
        }
    }
    return std::min(row.back(), most);
}

/// The tensors of a file under a network's names.
class weight_reader {
public:
    /// Finds every tensor of the network in the file, and that the file has no other: or the sentence.
    [[gnu::cold]] static result<weight_reader> open(const network_tensors& network, const safetensors& file,
                                                    std::string_view source, const load_options& options) {
        weight_reader reader(network, file, source, options);
        if (auto done = reader.choose_layers(); !done) return failure{done.error()};
        if (auto done = reader.name_tensors(); !done) return failure{done.error()};
        if (auto done = reader.match(); !done) return failure{done.error()};
        return reader;
    }

    /// The name of the layer that a kernel's call begins with.
    std::string_view name(const op& call) const { return network_.layer_name(call.written); }

    /// Calls `visit(call, layer, weights)` for each kernel's call that is to be set, until it fails.
    [[gnu::cold]] result<void> for_layers(
        function_view<result<void>(int call, std::string_view layer, const folded_layer& weights)> visit)
        const {
        for (const op* call : taken_) {
            const auto made = layer(*call);
            if (!made) return failure{made.error()};
            const int index = static_cast<int>(call - network_.calls.data());
            if (auto done = visit(index, name(*call), *made); !done) return done;
        }
        return {};
    }

    /// Calls `visit(row, values)` for each tensor that is read, as the file has it.
    [[gnu::cold]] result<void> for_rows(
        function_view<void(const parameter& row, const std::vector<float>& values)> visit) const {
        for (const parameter& row : network_.rows) {
            if (!sources_[index_of(row)].is_needed) continue;
            unshared<std::vector<float>> read;
            if (auto done = values(row, read); !done) return done;
            visit(row, read);
        }
        return {};
    }

    /// The weights of a kernel's call, with its norm folded in.
    [[gnu::cold]] result<folded_layer> layer(const op& call) const {
        const network_tensors& net = network_;
        folded_layer made;
        const auto read = [&](const parameter* row, unshared<std::vector<float>>& to) {
            return row ? values(*row, to) : result<void>{};
        };
        if (call.is_norm_alone()) {
            resize(made.weights, static_cast<std::size_t>(call.out.count));
            for (float& weight : made.weights) weight = 1;
        } else {
            for (const tensor_role role : {tensor_role::weight, tensor_role::values})
                if (auto done = read(net.row_of(call.written, role), made.weights); !done)
                    return failure{done.error()};
            if (auto done = read(net.row_of(call.written, tensor_role::bias), made.bias); !done)
                return failure{done.error()};
        }
        if (call.kind == op_kind::conv_transpose) outputs_first(call, made.weights);
        resize(made.bias, static_cast<std::size_t>(call.out.count));
        if (call.norm == op::none) return made;

        norm_values norm;
        const std::array<std::pair<tensor_role, unshared<std::vector<float>>*>, 4> parts{
            {{tensor_role::weight, &norm.weight},
             {tensor_role::bias, &norm.bias},
             {tensor_role::running_mean, &norm.mean},
             {tensor_role::running_variance, &norm.variance}}};
        for (const auto& [role, to] : parts) {
            if (auto done = read(net.row_of(call.norm, role), *to); !done) return failure{done.error()};
        }
        const auto folded = fold_norm(norm, call.normalisation.epsilon, net.layer_name(call.norm), made);
        if (!folded) return failure{sentence() << folded.error()};
        return made;
    }

private:
    weight_reader(const network_tensors& network, const safetensors& file, std::string_view source,
                  load_options options)
        : network_(network), file_(&file), source_(source), options_(std::move(options)) {}

    /// A tensor of the file under the name that it has for the network.
    struct named_tensor {
        text name;
        const stored_tensor* stored = nullptr;
        bool is_asked_for = false;
    };

    /// Where a row's values come from.
    struct row_source {
        const stored_tensor* stored = nullptr;
        bool is_needed = false;
    };

    /// "SOURCE: ", to be gone on with.
    text sentence() const { return text(source_) << ": "; }

    [[gnu::flatten, gnu::noinline]] static void resize(std::vector<float>& values, std::size_t count) {
        values.resize(count);
    }

    /// From PyTorch's [input][output][tap] of a transposed convolution to [output][input][tap].
    [[gnu::flatten, gnu::noinline]] static void outputs_first(const op& call, std::vector<float>& weights) {
        const unshared<std::vector<float>> stored(weights.begin(), weights.end());
        const int taps = call.window.taps();
        float* to = weights.data();
        for (int output = 0; output < call.out.count; ++output) {
            for (int input = 0; input < call.in.count; ++input) {
                const float* from = stored.data() + (1LL * input * call.out.count + output) * taps;
                for (int t = 0; t < taps; ++t) *to++ = from[t];
            }
        }
    }

    /// Whether a tensor of those dimensions is the row's. A value for each channel may be written for a
    /// batch, and of a map of single pixels as a row.
    [[gnu::flatten, gnu::noinline]] bool fits(const parameter& row,
                                              const std::vector<std::int64_t>& dimensions) const {
        const std::int64_t* begin = dimensions.data();
        const std::int64_t* const end = begin + dimensions.size();
        int rank = row.rank;
        if (row.role == tensor_role::values) {
            if (end - begin == 4 && *begin == 1) ++begin;
            const op& o = network_.written[static_cast<std::size_t>(row.call)];
            if (end - begin == 1 && o.out.size.pixels() == 1) rank = 1;
        }
        return std::equal(begin, end, row.dimensions, row.dimensions + rank);
    }

    static bool is_ignored(std::string_view name) {
        return has_suffix(name, "num_batches_tracked") || has_prefix(name, example_prefix) ||
               has_prefix(name, training_prefix);
    }

    std::size_t index_of(const parameter& row) const {
        return static_cast<std::size_t>(&row - network_.rows.data());
    }

    /// Which calls are to be set, and which tensors are needed: those of a convolution and its norm together.
    [[gnu::cold]] result<void> choose_layers() {
        for (std::size_t i = 0; i < network_.rows.size(); ++i) sources_.push_back({});
        const auto need = [&](int written_call) {
            for (int role = 0; written_call != op::none && role < tensor_roles; ++role) {
                if (const parameter* row = network_.row_of(written_call, static_cast<tensor_role>(role)))
                    sources_[index_of(*row)].is_needed = true;
            }
        };
        const op* first = nullptr;
        for (const op& call : network_.calls) {
            if (!call.is_packed()) continue;
            if (!first) first = &call;
            if (options_.takes_layer && !options_.takes_layer(name(call))) continue;
            taken_.push_back(&call);
            need(call.written);
            need(call.norm);
        }
        if (!first || !taken_.empty()) return {};
        return failure{sentence() << "no layer of the network was to be read, where it has layers such as "
                                  << in_quotes(name(*first))};
    }

    [[gnu::cold]] result<void> name_tensors() {
        for (const stored_tensor& tensor : file_->tensors()) {
            if (!is_ignored(tensor.name)) tensors_.push_back({text(tensor.name), &tensor});
        }
        if (options_.strip_prefix.empty()) {
            strip_known_prefixes();
        } else if (auto done = strip_given_prefix(); !done) {
            return done;
        }
        for (named_tensor& tensor : tensors_) tensor.name = renamed(tensor.name);
        sort_by(tensors_,
                [](const named_tensor& a, const named_tensor& b) { return is_less(a.name, b.name); });
        return {};
    }

    const named_tensor* first_without(std::string_view prefix) const {
        for (const named_tensor& tensor : tensors_) {
            if (!has_prefix(tensor.name, prefix)) return &tensor;
        }
        return nullptr;
    }

    void strip(std::size_t characters) {
        for (named_tensor& tensor : tensors_)
            tensor.name =
                text(std::string_view(tensor.name.data() + characters, tensor.name.size() - characters));
    }

    [[gnu::cold]] result<void> strip_given_prefix() {
        const std::string_view prefix = options_.strip_prefix;
        if (const named_tensor* without = first_without(prefix); without && !options_.leave_extra_tensors)
            return failure{sentence()
                           << "tensor " << in_quotes(without->name) << " does not begin with the prefix "
                           << in_quotes(prefix) << " that was to be stripped"};
        std::vector<named_tensor> with;
        for (const named_tensor& tensor : tensors_) {
            if (has_prefix(tensor.name, prefix)) with.push_back(tensor);
        }
        if (with.empty())
            return failure{sentence() << "no tensor begins with the prefix " << in_quotes(prefix)
                                      << " that was to be stripped"};
        tensors_ = with;
        strip(prefix.size());
        return {};
    }

    [[gnu::flatten, gnu::noinline]] text renamed(std::string_view name) const {
        text whole(options_.add_prefix);
        whole << name;
        return options_.rename ? text(options_.rename(whole)) : whole;
    }

    /// What wrappers of modules put before all names.
    [[gnu::cold]] void strip_known_prefixes() {
        constexpr std::string_view known[]{"module.", "_orig_mod.", "model."};
        std::vector<text> expected;
        for (const parameter& row : network_.rows) expected.push_back(network_.name(row));
        sort_by(expected, [](const text& a, const text& b) { return is_less(a, b); });
        const auto is_any_expected = [&] {
            for (const named_tensor& tensor : tensors_) {
                const text name = renamed(tensor.name);
                const auto at = std::lower_bound(expected.begin(), expected.end(), name,
                                                 [](const text& a, const text& b) { return is_less(a, b); });
                if (at != expected.end() && is_equal(*at, name)) return true;
            }
            return false;
        };
        while (!tensors_.empty() && !is_any_expected()) {
            const std::string_view* prefix = known;
            while (prefix != std::end(known) && first_without(*prefix)) ++prefix;
            if (prefix == std::end(known)) return;
            strip(prefix->size());
        }
    }

    named_tensor* find(std::string_view name) {
        const auto at = std::lower_bound(
            tensors_.begin(), tensors_.end(), name,
            [](const named_tensor& tensor, std::string_view wanted) { return is_less(tensor.name, wanted); });
        return at != tensors_.end() && is_equal(at->name, name) ? &*at : nullptr;
    }

    [[gnu::cold]] result<void> match() {
        for (const parameter& row : network_.rows) {
            named_tensor* found = find(network_.name(row));
            if (!found) continue;
            found->is_asked_for = true;
            sources_[index_of(row)].stored = found->stored;
        }
        for (const parameter& row : network_.rows) {
            if (!sources_[index_of(row)].is_needed) continue;
            const text name = network_.name(row);
            const named_tensor* found = find(name);
            if (!found)
                return failure{sentence()
                               << "tensor " << in_quotes(name) << " is missing" << nearest_to(name)};
            if (found != &tensors_.back() && is_equal(found[1].name, name))
                return failure{sentence() << "tensors " << in_quotes(found->stored->name) << " and "
                                          << in_quotes(found[1].stored->name) << " are both called "
                                          << in_quotes(name) << " for the network"};
            if (!fits(row, found->stored->dimensions))
                return failure{sentence() << "tensor " << described(*found) << " has shape "
                                          << bracketed(found->stored->dimensions) << " where "
                                          << bracketed(dimensions_of(row)) << " was expected"};
        }
        if (options_.leave_extra_tensors) return {};
        for (const named_tensor& tensor : tensors_) {
            if (!tensor.is_asked_for)
                return failure{sentence() << "tensor " << described(tensor) << " was not expected"};
        }
        return {};
    }

    /// Its name in the file, and where that is another one, for the network.
    text described(const named_tensor& tensor) const {
        text names = in_quotes(tensor.stored->name);
        if (!is_equal(tensor.stored->name, tensor.name))
            names << ", for the network " << in_quotes(tensor.name) << ",";
        return names;
    }

    /// Rather of those tensors that are no other layer's.
    [[gnu::cold]] text nearest_to(std::string_view name) const {
        const named_tensor* nearest = nullptr;
        for (const bool is_asked_for : {false, true}) {
            if (nearest) break;
            std::size_t least = name.size() / 2 + 2;
            for (const named_tensor& tensor : tensors_) {
                if (tensor.is_asked_for != is_asked_for) continue;
                const std::size_t distance = edit_distance(name, tensor.name, least);
                if (distance >= least) continue;
                least = distance;
                nearest = &tensor;
            }
        }
        if (!nearest) return {};
        return text(": the nearest name in the file is ") << in_quotes(nearest->stored->name);
    }

    [[gnu::cold]] result<void> values(const parameter& row, std::vector<float>& to) const {
        const stored_tensor& tensor = *sources_[index_of(row)].stored;
        const auto size = static_cast<std::size_t>(row.elements());
        resize(to, size);
        if (!copy_as_float(tensor, to.data()))
            return failure{sentence() << "tensor " << in_quotes(tensor.name) << " has type "
                                      << name_of(tensor.type) << " where " << float_types << " was expected"};
        for (std::size_t i = 0; i < size; ++i) {
            if (!is_finite(to[i]))
                return failure{sentence() << "tensor " << in_quotes(tensor.name) << " has a value that is "
                                          << (is_beyond_float(tensor, static_cast<std::int64_t>(i))
                                                  ? "larger than a float"
                                                  : "not finite")
                                          << " at " << i << " where numbers were expected"};
        }
        return {};
    }

    network_tensors network_;
    const safetensors* file_;
    text source_;
    load_options options_;
    std::vector<named_tensor> tensors_;
    std::vector<const op*> taken_;     ///< kernels' calls that are to be set
    std::vector<row_source> sources_;  ///< of each row
};

}  // namespace detail

}  // namespace plait::inline PLAIT_TARGET
