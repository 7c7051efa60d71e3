// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "plait/io/picture.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_easy_font.h>
#pragma GCC diagnostic pop

namespace examples {

struct colour {
    std::uint8_t red = 0;
    std::uint8_t green = 0;
    std::uint8_t blue = 0;
};

/// Pixels from the left and top ones on, without the right and bottom ones.
struct rectangle {
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;

    bool meets(const rectangle& other) const {
        return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
    }
};

namespace detail {

/// The font has ASCII's letters only: each other one, of however many bytes, is a question mark.
inline std::string in_ascii(const std::string& text) {
    std::string ascii;
    for (const char letter : text) {
        const auto code = static_cast<unsigned char>(letter);
        const bool continues_a_letter = (code & 0xc0) == 0x80;
        if (!continues_a_letter) ascii += code >= 32 && code < 127 ? letter : '?';
    }
    return ascii;
}

}  // namespace detail

/// A line of text as rectangles, whose upper left corner is (0, 0). Capital letters are `cap_height` high.
class line_of_text {
public:
    static constexpr int cap_height = 7;
    static constexpr int height = 9;  ///< with what hangs below the line

    explicit line_of_text(const std::string& text) {
        std::string ascii = detail::in_ascii(text);
        width_ = stb_easy_font_width(ascii.data());
        struct vertex {
            float x, y, z;
            unsigned char colour[4];
        };
        constexpr int corners = 4, rectangles_a_letter = 32;
        std::vector<vertex> vertices(corners * rectangles_a_letter * (ascii.size() + 1));
        const int bytes = static_cast<int>(vertices.size() * sizeof(vertex));
        const int count = stb_easy_font_print(0, 0, ascii.data(), nullptr, vertices.data(), bytes);
        for (int i = 0; i < count; ++i) {
            const vertex& first = vertices[static_cast<std::size_t>(corners * i)];
            const vertex& opposite = vertices[static_cast<std::size_t>(corners * i + 2)];
            strokes_.push_back({static_cast<int>(first.x), static_cast<int>(first.y),
                                static_cast<int>(opposite.x), static_cast<int>(opposite.y)});
        }
    }

    int width() const { return width_; }
    const std::vector<rectangle>& strokes() const { return strokes_; }

private:
    int width_ = 0;
    std::vector<rectangle> strokes_;
};

/// Paints on a picture; what lies beyond it is left out.
class canvas {
public:
    explicit canvas(plait::picture& painted) : painted_(painted) {}

    int width() const { return painted_.width; }
    int height() const { return painted_.height; }

    void fill(rectangle area, colour paint) {
        const int left = std::max(area.left, 0), right = std::min(area.right, width());
        const int top = std::max(area.top, 0), bottom = std::min(area.bottom, height());
        for (int y = top; y < bottom; ++y) {
            for (int x = left; x < right; ++x) {
                std::uint8_t* const pixel = painted_.pixel(y, x);
                pixel[0] = paint.red;
                pixel[1] = paint.green;
                pixel[2] = paint.blue;
            }
        }
    }

    /// Lines inside of the area, `thickness` wide.
    void outline(rectangle area, int thickness, colour paint) {
        const auto [left, top, right, bottom] = area;
        fill({left, top, right, top + thickness}, paint);
        fill({left, bottom - thickness, right, bottom}, paint);
        fill({left, top, left + thickness, bottom}, paint);
        fill({right - thickness, top, right, bottom}, paint);
    }

    /// From its upper left corner, so many times as large; strokes are smooth, with round ends.
    void write(const line_of_text& text, int left, int top, double scale, colour paint) {
        constexpr double radius = 0.62;  // a stroke's, and a little more, so that corners meet
        for (const rectangle& stroke : text.strokes()) {
            const auto pixels = [scale](int begin, double at) {
                return begin + static_cast<int>(std::floor(scale * at));
            };
            for (int y = pixels(top, stroke.top - 1); y <= pixels(top, stroke.bottom + 1); ++y) {
                for (int x = pixels(left, stroke.left - 1); x <= pixels(left, stroke.right + 1); ++x) {
                    const double away = distance(stroke, (x + 0.5 - left) / scale, (y + 0.5 - top) / scale);
                    blend(y, x, paint, std::clamp(scale * (radius - away) + 0.5, 0.0, 1.0));
                }
            }
        }
    }

private:
    /// From the line in the middle of the stroke.
    static double distance(const rectangle& stroke, double x, double y) {
        const double across = x - std::clamp(x, stroke.left + 0.5, stroke.right - 0.5);
        const double down = y - std::clamp(y, stroke.top + 0.5, stroke.bottom - 0.5);
        return std::hypot(across, down);
    }

    void blend(int y, int x, colour paint, double opacity) {
        if (y < 0 || y >= height() || x < 0 || x >= width()) return;
        std::uint8_t* const pixel = painted_.pixel(y, x);
        const std::uint8_t channels[]{paint.red, paint.green, paint.blue};
        for (int c = 0; c < 3; ++c)
            pixel[c] = static_cast<std::uint8_t>(std::lround(std::lerp(pixel[c], channels[c], opacity)));
    }

    plait::picture& painted_;
};

}  // namespace examples
