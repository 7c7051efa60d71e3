// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string>

#include "plait/io/load.hpp"
#include "plait/web/module.hpp"

// A module whose weights are not inside: it reads them from safetensors.

namespace plait::inline PLAIT_TARGET::web {

/// A file of weights on its way into a `module`.
template <class Module>
class weights_reader {
    struct target {
        using network = typename Module::network;
        void set_weights(int call, const float* weights, const float* bias) {
            Module::set_weights(call, weights, bias);
        }
    };

public:
    /// Where so many bytes of a file go; null where there is no memory for them.
    static std::byte* room(std::size_t bytes) {
        file.reset();
        file.reset(new (std::nothrow) std::byte[bytes]);
        size = bytes;
        return file.get();
    }

    /// Takes the weights, or none: then the sentence that says why, until the next call. Null where all went
    /// well.
    static const char* load() {
        target weights;
        const auto done = load_into(weights, std::span<const std::byte>(file.get(), size), "the file");
        file.reset();
        sentence = done.error();
        return done ? nullptr : sentence.c_str();
    }

private:
    static inline std::unique_ptr<std::byte[]> file;
    static inline std::size_t size = 0;
    static inline std::string sentence;
};

}  // namespace plait::inline PLAIT_TARGET::web

/// The functions that such a module has besides.
#define PLAIT_WEB_READER()                                                       \
    extern "C" PLAIT_WEB_EXPORT(room) std::byte* plait_room(std::size_t bytes) { \
        return plait::web::weights_reader<plait_web_module>::room(bytes);        \
    }                                                                            \
    extern "C" PLAIT_WEB_EXPORT(load) const char* plait_load() {                 \
        return plait::web::weights_reader<plait_web_module>::load();             \
    }                                                                            \
    static_assert(true)
