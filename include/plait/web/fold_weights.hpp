// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "plait/core/half.hpp"
#include "plait/embed/pack_weights.hpp"
#include "plait/io/file.hpp"
#include "plait/io/load.hpp"
#include "plait/web/folded_weights.hpp"

// Runs while a WebAssembly module is built, on the machine that builds it.

namespace plait::inline PLAIT_TARGET::web {

namespace detail {

/// A model to `load_into`, which lists what it is given.
template <class Network>
class folded_list {
public:
    using network = Network;

    /// The layer of the next call of `set_weights`, for its sizes.
    void expect(const folded_layer& layer) { next_ = &layer; }

    void set_weights(int call, const float* weights, const float* bias) {
        layers_.push_back({static_cast<std::uint32_t>(call),
                           static_cast<std::uint32_t>(next_->weights.size()),
                           static_cast<std::uint32_t>(next_->bias.size())});
        values_.insert(values_.end(), weights, weights + next_->weights.size());
        values_.insert(values_.end(), bias, bias + next_->bias.size());
    }

    std::vector<std::byte> bytes(stored_as form) const {
        std::vector<std::byte> made;
        const auto add = [&](auto value) {
            made.resize(made.size() + sizeof value);
            std::memcpy(made.data() + (made.size() - sizeof value), &value, sizeof value);
        };
        add(static_cast<std::uint32_t>(layers_.size()));
        for (const listed_layer& layer : layers_) add(layer);
        for (const float value : values_) {
            if (form == stored_as::halves)
                add(half_from_float(value));
            else
                add(value);
        }
        return made;
    }

private:
    const folded_layer* next_ = nullptr;
    std::vector<listed_layer> layers_;
    std::vector<float> values_;
};

}  // namespace detail

/// Checks a weights file against a network and writes its list of folded weights; or one sentence says what
/// does not fit, as of `load`.
template <class Network>
result<void> fold_weights(const file_path& weights, const file_path& list, stored_as form) {
    const float limit = form == stored_as::halves ? largest_half : std::numeric_limits<float>::max();
    detail::folded_list<Network> folded;
    const auto check = [&](std::string_view name, const folded_layer& layer) {
        folded.expect(layer);
        return plait::detail::check_magnitudes(layer, limit, weights.string(), name);
    };
    if (auto done = load_into(folded, weights, {}, check); !done) return done;
    return write_file(folded.bytes(form), list);
}

/// The same as a program: FILE LIST floats|halves. Returns its exit status.
template <class Network>
int fold_weights(int argument_count, char** arguments) {
    const std::vector<std::string> given(arguments + 1, arguments + argument_count);
    if (given.size() != 3 || (given[2] != "floats" && given[2] != "halves")) {
        std::fprintf(stderr, "usage: %s FILE LIST floats|halves\n", arguments[0]);
        return 2;
    }
    const auto done = fold_weights<Network>(given[0], given[1],
                                            given[2] == "halves" ? stored_as::halves : stored_as::floats);
    return plait::detail::exit_status(done);
}

}  // namespace plait::inline PLAIT_TARGET::web
