// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "plait/core/decimal.hpp"
#include "svg.hpp"

namespace examples {

/// What one epoch came to.
struct epoch_report {
    int epoch = 0;  ///< from 1
    double loss = 0;
    double accuracy = 0;  ///< percent of the test pictures
    double rate = 0;      ///< at its end
    double seconds = 0;
    double pictures_per_second = 0;
    double processor_seconds = 0;  ///< of all threads
};

namespace detail {

/// One curve under a heading, over the epochs of the whole training.
inline std::string draw_curve(const std::vector<epoch_report>& epochs, int of_all, double epoch_report::*what,
                              const std::string& heading, const std::string& colour, int digits, double top) {
    using svg::number;
    constexpr double left = 70;
    constexpr double width = 820;
    constexpr double height = 130;
    double most = 1e-9;
    for (const epoch_report& epoch : epochs) most = std::max(most, epoch.*what);
    const double power = std::pow(10, std::floor(std::log10(most)));
    const double ceiling = std::ceil(most / power * 2) / 2 * power;
    const auto y_of = [&](double value) { return top + height * (1 - value / ceiling); };
    const auto x_of = [&](int epoch) { return left + width * epoch / std::max(1, of_all); };
    std::string picture = "<text x=\"" + number(left) + "\" y=\"" + number(top - 12) +
                          "\" font-weight=\"600\" fill=\"" + colour + "\">" + heading + "</text>\n";
    for (int line = 0; line <= 4; ++line) {
        const double value = ceiling * line / 4;
        const std::string y = number(y_of(value));
        picture += "<path d=\"M" + number(left) + " " + y + "H" + number(left + width) +
                   "\" stroke=\"#dde2ea\"/><text x=\"" + number(left - 8) + "\" y=\"" +
                   number(y_of(value) + 4) + "\" text-anchor=\"end\" fill=\"#667085\">" +
                   plait::decimal(value, {.places = digits}) + "</text>\n";
    }
    std::string points;
    for (const epoch_report& epoch : epochs)
        points += number(x_of(epoch.epoch)) + "," + number(y_of(epoch.*what)) + " ";
    picture += "<polyline points=\"" + points + "\" fill=\"none\" stroke=\"" + colour +
               "\" stroke-width=\"2.5\" stroke-linejoin=\"round\"/>\n";
    const epoch_report& last = epochs.back();
    picture += "<circle cx=\"" + number(x_of(last.epoch)) + "\" cy=\"" + number(y_of(last.*what)) +
               "\" r=\"4\" fill=\"" + colour + "\"/><text x=\"" + number(left + width) + "\" y=\"" +
               number(top - 12) + "\" text-anchor=\"end\" fill=\"" + colour + "\">" +
               plait::decimal(last.*what, {.places = digits}) + "</text>\n";
    return picture;
}

}  // namespace detail

/// Loss, accuracy and rate over the epochs, as a picture of 940 x 640.
inline std::string draw_training(const std::vector<epoch_report>& epochs, int of_all,
                                 const std::string& title) {
    std::string picture =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 940 640\" width=\"940\" height=\"640\" "
        "font-family=\"system-ui,sans-serif\" font-size=\"13\">\n<rect width=\"940\" height=\"640\" "
        "fill=\"#fff\"/>\n<text x=\"70\" y=\"36\" font-size=\"19\" font-weight=\"600\" fill=\"#1d2939\">" +
        svg::escaped(title) + "</text>\n";
    if (!epochs.empty()) {
        using report = epoch_report;
        picture += detail::draw_curve(epochs, of_all, &report::accuracy, "accuracy on test pictures, %",
                                      "#087f5b", 1, 90);
        picture += detail::draw_curve(epochs, of_all, &report::loss, "training loss", "#b02a37", 2, 275);
        picture += detail::draw_curve(epochs, of_all, &report::rate, "learning rate", "#3b5bdb", 4, 460);
        for (int mark = 0; mark <= 4; ++mark) {
            const int epoch = of_all * mark / 4;
            picture += "<text x=\"" + svg::number(70 + 820.0 * epoch / std::max(1, of_all)) +
                       "\" y=\"612\" text-anchor=\"middle\" fill=\"#667085\">" + std::to_string(epoch) +
                       "</text>\n";
        }
        picture += "<text x=\"480\" y=\"630\" text-anchor=\"middle\" fill=\"#667085\">epoch</text>\n";
    }
    return picture + "</svg>\n";
}

}  // namespace examples
