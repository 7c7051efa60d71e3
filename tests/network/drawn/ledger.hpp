// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "counts.hpp"
#include "network.hpp"
#include "words.hpp"

namespace drawn {

/// Reads a drawn network into words and counts.
class ledger {
public:
    struct map {
        plait::shape shape{};
        int number = 0;
        plait::shape dimensions() const { return shape; }
    };

    explicit ledger(unsigned seed) {
        const plait::shape picture = picture_of(seed);
        line(picture, "the picture");
        result_ = drawing<ledger, map>(seed, *this).draw({picture, 0}).shape;
    }

    const std::string& words() const { return words_; }
    const std::vector<std::string>& blocks() const { return blocks_; }
    long long parameters() const { return parameters_; }
    long long macs() const { return macs_; }
    plait::shape result() const { return result_; }

    // As a reader.

    template <class Block>
    map make(const Block& block, map x) {
        const std::string declared = wording::text(block);
        blocks_.push_back(declared.substr(0, declared.find_first_of("{<")));
        const tally made = counting::count(block, x.shape);
        parameters_ += made.parameters;
        macs_ += made.macs;
        return line(made.at, declared + " of " + name(x));
    }
    map input(plait::shape size) { return line(size, "a further input"); }
    map concat(map a, map b) {
        const plait::shape all{a.shape.channels + b.shape.channels, a.shape.height, a.shape.width};
        return line(all, "concat of " + name(a) + ", " + name(b));
    }
    map slice(map x, int begin, int end) {
        return line({end - begin, x.shape.height, x.shape.width}, std::string("channels ") +
                                                                      std::to_string(begin) + " to " +
                                                                      std::to_string(end) + " of " + name(x));
    }
    map combine(plait::binary_operation operation, map a, map b, plait::activation act) {
        const plait::shape made{std::max(a.shape.channels, b.shape.channels),
                                std::max(a.shape.height, b.shape.height),
                                std::max(a.shape.width, b.shape.width)};
        return line(made, std::string(to_string(operation)) + " of " + name(a) + ", " + name(b) +
                              ", activation " + word(act));
    }
    map combine(plait::binary_operation operation, map a, plait::real b, plait::activation act) {
        return line(a.shape, std::string(to_string(operation)) + " of " + name(a) + ", " + word(double{b}) +
                                 ", activation " + word(act));
    }
    map combine(plait::binary_operation operation, plait::real a, map b, plait::activation act) {
        return line(b.shape, std::string(to_string(operation)) + " of " + word(double{a}) + ", " + name(b) +
                                 ", activation " + word(act));
    }
    template <class Block>
    map make_in(const char* scope, const Block& block, map x) {
        words_ += std::string("  in ") + scope + "\n";
        return make(block, x);
    }
    template <class Block>
    map make_with_weights_of(const char* scope, const Block& block, map x) {
        words_ += std::string("  with the weights of ") + scope + "\n";
        const long long parameters = parameters_;
        const map made = make(block, x);
        parameters_ = parameters;
        return made;
    }

private:
    static std::string name(map x) { return std::string("x") + std::to_string(x.number); }

    map line(plait::shape s, const std::string& what) {
        const map made{s, maps_++};
        words_ += "  " + name(made) + " (" + word(s) + ") = " + what + "\n";
        return made;
    }

    std::string words_;
    std::vector<std::string> blocks_;
    long long parameters_ = 0;
    long long macs_ = 0;
    plait::shape result_{};
    int maps_ = 0;
};

}  // namespace drawn
