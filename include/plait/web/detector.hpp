// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>

#include "plait/core/finite.hpp"
#include "plait/models/fastestdet_decoding.hpp"
#include "plait/web/module.hpp"

// A module whose output is FastestDet's.

namespace plait::inline PLAIT_TARGET::web {

/// What FastestDet's output tells of, of a `module`.
template <class Module>
class detector {
public:
    /// How many objects of a score above the threshold the last pass found, the likeliest first and at most
    /// `most_objects`; -1 where the output is not finite.
    static int find(float threshold) {
        const auto output = Module::model().output(Module::scratch());
        for (int i = 0; i < output.size(); ++i) {
            if (!is_finite(output[i])) return -1;
        }
        const auto found = suppress_overlaps(decode_fastestdet(output, threshold));
        const int count = static_cast<int>(std::min<std::size_t>(found.size(), most_objects));
        float* to = values;
        for (int i = 0; i < count; ++i) {
            const detected_object& object = found[static_cast<std::size_t>(i)];
            const box& where = object.where;
            for (const float value : {static_cast<float>(object.category), object.score, where.left,
                                      where.top, where.right, where.bottom})
                *to++ = value;
        }
        return count;
    }

    /// Six values of each: class, score, left, top, right, bottom in fractions of the frame.
    static const float* objects() { return values; }

private:
    static constexpr std::size_t most_objects = 128;
    static inline float values[6 * most_objects];
};

}  // namespace plait::inline PLAIT_TARGET::web

/// The functions that such a module has besides.
#define PLAIT_WEB_DETECTOR()                                            \
    extern "C" PLAIT_WEB_EXPORT(find) int plait_find(float threshold) { \
        return plait::web::detector<plait_web_module>::find(threshold); \
    }                                                                   \
    extern "C" PLAIT_WEB_EXPORT(objects) const float* plait_objects() { \
        return plait::web::detector<plait_web_module>::objects();       \
    }                                                                   \
    static_assert(true)
