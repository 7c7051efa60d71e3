// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "../timing.hpp"

// How a program that times one network talks to the script that has started it. Of the standard library
// alone, so that rivals' programs can include it.

namespace worker {

/// One line of JSON: all of `values`.
template <class Values>
void print_list(const Values& values) {
    std::cout.precision(9);
    std::cout << "[";
    for (const char* comma = ""; const float value : values) std::cout << comma << value, comma = ", ";
    std::cout << "]" << std::endl;
}

/// One number on a line.
template <class Number>
void print(Number value) {
    std::cout << value << std::endl;
}

/// What a word is answered with.
using answers = std::map<std::string, std::function<void()>>;

/// Says "ready", and answers the lines of standard input until it ends: words of `known`, and `run SECONDS`
/// with the median of `once` in units of which a second has `units_a_second`.
template <class Once>
void serve(double units_a_second, const Once& once, const answers& known) {
    std::cout << "ready" << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string word;
        double seconds = 0;
        words >> word >> seconds;
        if (const auto found = known.find(word); found != known.end())
            found->second();
        else
            print(units_a_second * measure::median_seconds(seconds, once));
    }
}

}  // namespace worker
