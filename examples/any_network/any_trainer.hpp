// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plait/core/result.hpp"
#include "plait/core/shape.hpp"
#include "plait/io/cifar.hpp"
#include "plait/train/optimiser.hpp"

// A network that is trained, chosen while a program runs. Compiled in any_network/, once for all programs.

namespace examples {

/// What a program chooses of a training before it begins.
struct training_choice {
    bool keeps_half = false;  ///< 16 bits of what lies between forward and backward
    bool only_head = false;   ///< the last layer is trained, the others stay as they are
    std::uint64_t seed = 1;
    int threads = 1;
    double label_smoothing = 0;
    double weight_decay = 1e-4;
};

/// Trains one of the classifiers of CIFAR's pictures.
class any_trainer {
public:
    using picture_writer = plait::map_writer<plait::cifar_dataset::picture_shape>;
    static constexpr int most_pictures = 128;  ///< of a step

    virtual ~any_trainer() = default;

    /// One step over pictures that `put(n, writer)` writes in all threads, of which the network is to know
    /// the first `classes`; the mean loss before it.
    virtual double step(const std::function<void(int, const picture_writer&)>& put,
                        std::span<const int> labels, int classes, double rate) = 0;
    /// Why the last step was none; empty where it was one.
    virtual const std::string& problem() const = 0;
    /// Once this is set, a step ends between two calls.
    virtual void stop_when(const std::atomic<bool>* is_asked) = 0;
    /// The weights, of the last layer those of so many classes.
    virtual std::vector<std::byte> state_dict(int classes) const = 0;
    virtual std::vector<std::byte> checkpoint(std::span<const std::uint64_t> numbers) const = 0;
    virtual plait::result<std::vector<std::uint64_t>> resume(std::span<const std::byte> bytes,
                                                             std::string_view source, std::size_t count) = 0;
    /// Takes weights; where a file's last layer is of another number of classes, all but those.
    virtual plait::result<void> take(std::span<const std::byte> bytes, std::string_view source) = 0;
    virtual long long memory_bytes() const = 0;
};

/// Makes a trainer of a network.
struct trainer_entry {
    std::string_view name;
    int classes = 0;
    std::unique_ptr<any_trainer> (*make)(const training_choice& chosen) = nullptr;
};

/// All that can be trained, in the order of `forward --list`.
const std::vector<trainer_entry>& trainer_entries();

/// The one of that name; a sentence with the names where there is none.
plait::result<const trainer_entry*> find_trainer(std::string_view name);

}  // namespace examples
