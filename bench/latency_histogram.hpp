// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "plait/network/summary.hpp"
#include "svg.hpp"

// Times of single runs in order, and their picture.

namespace latency {

/// Times in microseconds, of which there is at least one.
class distribution {
public:
    distribution(std::string name, std::vector<double> times)
        : name_(std::move(name)), times_(std::move(times)) {
        std::sort(times_.begin(), times_.end());
    }

    const std::string& name() const { return name_; }
    std::size_t count() const { return times_.size(); }
    double least() const { return times_.front(); }
    double most() const { return times_.back(); }

    /// The least time that at least this part of all runs do not exceed.
    double percentile(double part) const {
        const double rank = std::ceil(part * static_cast<double>(times_.size()));
        const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
        return times_[std::min(index, times_.size() - 1)];
    }

    /// Times from `from` up to but not including `to`.
    long long between(double from, double to) const {
        return std::lower_bound(times_.begin(), times_.end(), to) -
               std::lower_bound(times_.begin(), times_.end(), from);
    }

private:
    std::string name_;
    std::vector<double> times_;
};

struct mark {
    const char* name;
    double part;
};
inline constexpr std::array<mark, 4> marks{{{"p50", .5}, {"p99", .99}, {"p99.9", .999}, {"maximum", 1}}};

/// "193.1 us", "14,881 us"
inline std::string microseconds(double time) {
    if (time >= 1000) return plait::with_commas(std::llround(time)) + " us";
    char text[32];
    std::snprintf(text, sizeof text, "%.1f us", time);
    return text;
}

/// Histograms below each other, all over one axis: the ratio to the median of each. Both axes are
/// logarithmic, or the few slow runs would not be seen beside the many that are not.
class histogram_picture {
public:
    explicit histogram_picture(const std::vector<distribution>& all) : all_(all) {
        for (const distribution& d : all_) {
            const double median = d.percentile(.5);
            least_ = std::min(least_, d.least() / median);
            most_ = std::max(most_, d.most() / median);
            highest_ = std::max(highest_, static_cast<double>(d.count()));
        }
        least_ = std::pow(10, std::floor(20 * std::log10(least_)) / 20);
        most_ = std::pow(10, std::ceil(20 * std::log10(most_ * 1.001)) / 20);
    }

    std::string to_string(const std::string& title) {
        picture_.text(left, 28, 16, "start", "ink strong", title);
        picture_.text(left, 48, 12, "start", "quiet",
                      "runs by their time as a ratio to the median of their kind; both axes are logarithmic");
        double top = first_top;
        for (const distribution& d : all_) {
            draw(d, top);
            top += panel + gap;
        }
        draw_axis(top - gap);
        return picture_.to_string(left + width + right, top - gap + 52, title);
    }

private:
    static constexpr double left = 64, right = 24, width = 720, panel = 96, gap = 62, first_top = 104;
    static constexpr int bins = 144;

    double x_of(double ratio) const {
        return left + width * std::log(ratio / least_) / std::log(most_ / least_);
    }
    /// A single run is a tenth of the height of all, whatever their number.
    double height_of(double runs) const {
        return runs < 1 ? 0 : panel * (.1 + .9 * std::log(runs) / std::log(highest_));
    }

    void draw(const distribution& d, double top) {
        const double median = d.percentile(.5);
        picture_.text(left, top - 26, 13, "start", "ink strong", d.name());
        std::string summary = plait::with_commas(static_cast<long long>(d.count())) + " runs";
        for (const mark& m : marks)
            summary += std::string(", ") + m.name + " " + microseconds(d.percentile(m.part));
        picture_.text(left, top - 10, 11, "start", "quiet", summary);

        for (double runs = 1; runs <= highest_; runs *= 100) {
            const double y = top + panel - height_of(runs);
            picture_.line(left, y, left + width, y, R"(class="hair" stroke-opacity=".25")");
            picture_.text(left - 8, y + 4, 10, "end", "quiet", plait::with_commas(std::llround(runs)));
        }
        for (int bin = 0; bin < bins; ++bin) {
            const double from = ratio_of(bin);
            const double to = ratio_of(bin + 1);
            const auto runs = static_cast<double>(d.between(from * median, to * median));
            const double height = height_of(runs);
            if (height > 0)
                picture_.rectangle(x_of(from), top + panel - height, width / bins - .6, height, 0,
                                   R"(fill="#3867d6")");
        }
        for (const mark& m : marks) {
            const double x = x_of(d.percentile(m.part) / median);
            picture_.line(x, top - 4, x, top + panel,
                          R"(stroke="#eb3b5a" stroke-width="1" stroke-dasharray="3 2")");
        }
        picture_.line(left, top + panel, left + width, top + panel, R"(class="hair")");
    }

    double ratio_of(int bin) const { return least_ * std::pow(most_ / least_, double{1} * bin / bins); }

    void draw_axis(double bottom) {
        for (double decade = .1; decade < most_; decade *= 10) {
            for (const double step : {1.0, 1.5, 2.0, 3.0, 5.0}) {
                const double ratio = decade * step;
                const bool is_crowded = most_ > 12 && (step == 1.5 || step == 3);
                if (ratio < least_ * .999 || ratio > most_ * 1.001 || is_crowded) continue;
                picture_.line(x_of(ratio), bottom, x_of(ratio), bottom + 5, R"(class="hair")");
                picture_.text(x_of(ratio), bottom + 20, 11, "middle", "quiet",
                              examples::svg::number(ratio) + "x");
            }
        }
        picture_.text(left + width, bottom + 40, 11, "end", "quiet",
                      "dashed: p50, p99, p99.9 and the maximum");
    }

    const std::vector<distribution>& all_;
    double least_ = 1;
    double most_ = 1;
    double highest_ = 1;
    examples::svg::picture picture_;
};

}  // namespace latency
