// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

// Places for the nodes of a graph without cycles: rows from top to bottom by the longest path to a node, side
// by side where paths branch. An edge over several rows holds a narrow place in each that it passes.

namespace examples {

/// A node, or where an edge passes a row.
struct layout_place {
    int row = 0;
    double width = 0;
    double x = 0;  ///< of its middle
    bool passes = false;
    std::vector<int> above;
    std::vector<int> below;
};

/// What an edge touches, from its node to the one below: first and last are nodes, the others pass.
using layout_route = std::vector<int>;

class layered_layout {
public:
    /// `sources` of each node: earlier nodes. The trunk, which takes the middle of every branching, is
    /// straight at x = 0.
    layered_layout(const std::vector<std::vector<int>>& sources, double width, double passing_width,
                   double gap)
        : gap_(gap) {
        for (const std::vector<int>& from : sources) {
            int row = 0;
            for (const int source : from) row = std::max(row, at(source).row + 1);
            places_.push_back({.row = row, .width = width, .above = {}, .below = {}});
        }
        for (int node = 0; node < static_cast<int>(sources.size()); ++node) {
            for (const int source : sources[static_cast<std::size_t>(node)])
                add_route(source, node, passing_width);
        }
        order_rows();
        find_trunk();
        for (int sweep = 0; sweep < 1000; ++sweep) {
            for (const std::vector<int>& row : rows_) arrange(row);
        }
    }

    const layout_place& place(int i) const { return places_[static_cast<std::size_t>(i)]; }
    const std::vector<layout_route>& routes() const { return routes_; }
    int row_count() const { return static_cast<int>(rows_.size()); }

    double left() const {
        double x = 0;
        for (const layout_place& p : places_) x = std::min(x, p.x - p.width / 2);
        return x;
    }
    double right() const {
        double x = 0;
        for (const layout_place& p : places_) x = std::max(x, p.x + p.width / 2);
        return x;
    }

private:
    layout_place& at(int i) { return places_[static_cast<std::size_t>(i)]; }

    void add_route(int from, int to, double passing_width) {
        layout_route route{from};
        for (int row = at(from).row + 1; row < at(to).row; ++row) {
            route.push_back(static_cast<int>(places_.size()));
            places_.push_back({.row = row, .width = passing_width, .passes = true, .above = {}, .below = {}});
        }
        route.push_back(to);
        for (std::size_t i = 0; i + 1 < route.size(); ++i) {
            at(route[i]).below.push_back(route[i + 1]);
            at(route[i + 1]).above.push_back(route[i]);
        }
        routes_.push_back(std::move(route));
    }

    /// Within a row, by the mean position of what lies above.
    void order_rows() {
        for (int i = 0; i < static_cast<int>(places_.size()); ++i) {
            const auto row = static_cast<std::size_t>(at(i).row);
            if (rows_.size() <= row) rows_.resize(row + 1);
            rows_[row].push_back(i);
        }
        std::vector<double> position(places_.size());
        for (std::vector<int>& row : rows_) {
            std::vector<std::pair<double, int>> wanted;
            for (const int i : row) {
                double sum = 0;
                for (const int above : at(i).above) sum += position[static_cast<std::size_t>(above)];
                wanted.emplace_back(sum / std::max(1.0, static_cast<double>(at(i).above.size())), i);
            }
            std::ranges::sort(wanted);
            for (std::size_t k = 0; k < row.size(); ++k) {
                row[k] = wanted[k].second;
                position[static_cast<std::size_t>(row[k])] = static_cast<double>(k);
            }
        }
        for (layout_place& p : places_) {
            std::ranges::sort(p.below, {}, [&](int i) { return position[static_cast<std::size_t>(i)]; });
        }
    }

    void find_trunk() {
        is_trunk_.assign(places_.size(), false);
        int i = rows_.front().front();
        while (true) {
            is_trunk_[static_cast<std::size_t>(i)] = true;
            const std::vector<int>& below = at(i).below;
            if (below.empty()) return;
            i = below[(below.size() - 1) / 2];
        }
    }

    /// How much an edge wants to be upright: one that branches or joins hardly does.
    double stiffness(int above, int below) {
        return at(above).below.size() == 1 && at(below).above.size() == 1 ? 1 : .001;
    }

    struct wish {
        double x = 0;
        double weight = 0;
    };

    /// Between its neighbours above and below.
    wish wish_of(int i) {
        if (is_trunk_[static_cast<std::size_t>(i)]) return {0, 1e9};
        wish mean;
        const auto pull = [&](int other, double weight) {
            mean.x += weight * at(other).x;
            mean.weight += weight;
        };
        for (const int above : at(i).above) pull(above, stiffness(above, i));
        for (const int below : at(i).below) pull(below, stiffness(i, below));
        if (mean.weight > 0) mean.x /= mean.weight;
        return mean;
    }

    /// The places of a row as near to where they want to be as their order and their widths allow (least
    /// squares). Neighbours that would overlap become one block, which stands at the mean of their wishes.
    void arrange(const std::vector<int>& row) {
        struct block {
            wish mean;
            std::size_t end = 0;
        };
        std::vector<double> shift(row.size());  // from the first place, were all packed
        std::vector<block> blocks;
        for (std::size_t k = 0; k < row.size(); ++k) {
            if (k > 0) shift[k] = shift[k - 1] + (at(row[k - 1]).width + at(row[k]).width) / 2 + gap_;
            const wish own = wish_of(row[k]);
            blocks.push_back({{own.x - shift[k], own.weight}, k + 1});
            while (blocks.size() > 1 && blocks[blocks.size() - 2].mean.x > blocks.back().mean.x) {
                const wish last = blocks.back().mean;
                blocks.pop_back();
                wish& mean = blocks.back().mean;
                const double weight = mean.weight + last.weight;
                mean.x = (mean.x * mean.weight + last.x * last.weight) / weight;
                mean.weight = weight;
                blocks.back().end = k + 1;
            }
        }
        std::size_t k = 0;
        for (const block& together : blocks) {
            for (; k < together.end; ++k) at(row[k]).x = together.mean.x + shift[k];
        }
    }

    double gap_;
    std::vector<layout_place> places_;
    std::vector<layout_route> routes_;
    std::vector<std::vector<int>> rows_;
    std::vector<bool> is_trunk_;
};

}  // namespace examples
