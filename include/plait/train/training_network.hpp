// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "plait/network/tensors.hpp"
#include "plait/train/training_plan.hpp"

namespace plait::inline PLAIT_TARGET {

/// A network as training goes through it, whatever its type.
struct training_network {
    network_tensors tensors;
    std::span<const int> pool;
    std::span<const feature_map> outputs;
    feature_map input{};
    int channels = 0;
    std::span<const applied_when_read> applied;
    std::span<const bool> stores;
    std::span<const int> maker;
    std::span<const int> stored;
    // The plan.
    int batch = 0;
    int first_trained = 0;
    bool norms_are_frozen = false;
    bool drops = true;  ///< whether dropout does something
    long long input_place = 0;
    std::span<const long long> made;
    std::span<const long long> gradient;
    std::span<const bool> needs_gradient;
    long long scratch_size = 0;  ///< of each part

    /// The i-th written call.
    const op& call(int i) const { return tensors.written[static_cast<std::size_t>(i)]; }
    /// How many there are.
    int calls() const { return static_cast<int>(tensors.written.size()); }
    /// Whether a norm keeps the statistics that it has.
    bool is_frozen(int norm) const { return norms_are_frozen || norm < first_trained; }
};

/// Where a network's tensors begin among all its parameters, by row; those that are trained come first.
class parameter_places {
public:
    explicit parameter_places(const training_network& network)
        : tensors_(network.tensors), begin_(network.tensors.rows.size()) {
        for (const bool trained : {true, false}) {
            for (std::size_t i = 0; i < tensors_.rows.size(); ++i) {
                const parameter& row = tensors_.rows[i];
                if ((row.is_trained() && row.call >= network.first_trained) != trained) continue;
                begin_[i] = size_;
                size_ += row.elements();
            }
            if (trained) trained_ = size_;
        }
    }

    /// Values of all tensors.
    long long size() const { return size_; }
    /// Values of those that are trained.
    long long trained() const { return trained_; }
    /// Where row `i` begins.
    long long begin(std::size_t i) const { return begin_[i]; }
    /// The row that a value belongs to.
    const parameter& row_at(long long place) const {
        std::size_t found = 0;
        for (std::size_t i = 0; i < begin_.size(); ++i)
            if (begin_[i] <= place && (begin_[found] > place || begin_[i] > begin_[found])) found = i;
        return tensors_.rows[found];
    }
    /// Where the tensor of that role of a written call begins; -1 where it has none.
    long long of(int call, tensor_role role) const {
        const parameter* row = call == op::none ? nullptr : tensors_.row_of(call, role);
        return row ? begin_[static_cast<std::size_t>(row - tensors_.rows.data())] : -1;
    }

private:
    network_tensors tensors_;
    std::vector<long long> begin_;
    long long size_ = 0;
    long long trained_ = 0;
};

}  // namespace plait::inline PLAIT_TARGET
