// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <string>
#include <string_view>

#include "plait/core/decimal.hpp"

// The few shapes of SVG that the pictures need.

namespace examples::svg {

/// At most two digits after the point, none where they are zero.
inline std::string number(double value) {
    std::string short_text = plait::decimal(value, {.places = 2});
    short_text.erase(short_text.find_last_not_of('0') + 1);
    if (short_text.back() == '.') short_text.pop_back();
    return short_text == "-0" ? "0" : short_text;
}

inline std::string escaped(std::string_view text) {
    std::string safe;
    for (const char letter : text) {
        switch (letter) {
            case '&': safe += "&amp;"; break;
            case '<': safe += "&lt;"; break;
            case '>': safe += "&gt;"; break;
            case '"': safe += "&quot;"; break;
            default: safe += letter;
        }
    }
    return safe;
}

/// The outline of a path: lines and S-shaped curves, that leave and arrive level or upright.
class outline {
public:
    void move_to(double x, double y) { add("M", x, y); }
    void line_to(double x, double y) {
        if (y == y_)
            add_word(std::string("H").append(number(x)), x, y);
        else
            add("L", x, y);
    }
    void curve_to(double x, double y) {
        if (y == y_) return line_to(x, y);
        const double handle = .4 * (x - x_);  // short of half, which would be steeper in the middle
        add_curve(x_ + handle, y_, x - handle, y, x, y);
    }
    void fall_to(double x, double y) {
        if (number(x) == number(x_)) return line_to(x, y);
        const double handle = .5 * (y - y_);
        add_curve(x_, y_ + handle, x, y - handle, x, y);
    }
    bool empty() const { return text_.empty(); }
    const std::string& text() const { return text_; }

private:
    void add(const char* verb, double x, double y) { add_word(verb + number(x) + " " + number(y), x, y); }
    void add_curve(double x1, double y1, double x2, double y2, double x, double y) {
        add_word(std::string("C").append(number(x1)) + " " + number(y1) + " " + number(x2) + " " +
                     number(y2) + " " + number(x) + " " + number(y),
                 x, y);
    }
    void add_word(const std::string& word, double x, double y) {
        text_ += word;
        x_ = x;
        y_ = y;
    }

    std::string text_;
    double x_ = 0;
    double y_ = 0;
};

/// A picture that grows by appending. Its colours for ink turn light where the reader's screen is dark:
/// text of class "ink" or "quiet", lines of class "hair" and their tips of class "tip", boxes of class "box".
class picture {
public:
    void add(const std::string& element) { body_ += element + "\n"; }

    void text(double x, double y, int size, const char* anchor, const char* classes, std::string_view words) {
        add("<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" font-size=\"" + std::to_string(size) +
            "\" text-anchor=\"" + anchor + "\" class=\"" + classes + "\">" + escaped(words) + "</text>");
    }
    void rectangle(double x, double y, double width, double height, double radius,
                   const std::string& attributes) {
        add("<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(width) +
            "\" height=\"" + number(height) + "\" rx=\"" + number(radius) + "\" " + attributes + "/>");
    }
    void path(const outline& o, const std::string& attributes) {
        if (!o.empty()) add("<path d=\"" + o.text() + "\" " + attributes + "/>");
    }
    void line(double x0, double y0, double x1, double y1, const std::string& attributes) {
        outline o;
        o.move_to(x0, y0);
        o.line_to(x1, y1);
        path(o, attributes);
    }

    const std::string& body() const { return body_; }

    /// The whole document, on a transparent ground.
    std::string to_string(double width, double height, std::string_view title) const {
        const std::string size = number(width) + "\" height=\"" + number(height);
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + size + "\" viewBox=\"0 0 " +
               number(width) + " " + number(height) + "\" role=\"img\" font-family=\"" + fonts + "\">\n" +
               "<title>" + escaped(title) + "</title>\n" + style + body_ + "</svg>\n";
    }

private:
    static constexpr const char* fonts =
        "Inter, 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif";
    static constexpr const char* style = R"(<style>
.ink { fill: #1f2733 }
.quiet { fill: #667080 }
.strong { font-weight: 600 }
.hair { stroke: #8a94a3; fill: none }
.tip { fill: #8a94a3 }
.box { stroke: #667080; fill: #8a94a3; fill-opacity: .13 }
@media (prefers-color-scheme: dark) {
.ink { fill: #e8ecf2 }
.quiet { fill: #a3adbb }
.box { stroke: #a3adbb }
}
</style>
)";

    std::string body_;
};

}  // namespace examples::svg
