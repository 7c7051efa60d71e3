// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// The one header that opens `plait` outside of its inline namespace: what it declares is the same thing in
// units that were compiled for different instruction sets. So it has no function and includes nothing.

namespace plait {

/// A network compiled for one instruction set: what a unit hands to its program. Sizes are in floats, and
/// pointers to weights and workspaces are aligned to a cache line.
struct compiled_network {
    const char* target;     ///< the level of the instruction set
    long long parameters;   ///< of the network
    long long macs;         ///< of the network
    long long packed_size;  ///< of all packed weights
    int workspace_size;
    int kept_size;  ///< what a batch needs beside a workspace

    /// Of every channel that a map may have, as `network::calls` numbers them, where it begins in a
    /// workspace, and how many values its pixels are apart.
    const int* offsets;
    const unsigned char* steps;
    int input_step;

    /// Packs the weights of one call: [output][input][kernel row][kernel column], and a bias an output.
    void (*pack)(int op, const float* weights, const float* bias, float* packed);
    /// Leaves all outputs in the workspace, where the picture was.
    void (*forward)(const float* packed, float* workspace);
    /// The same; calls `look(context, i)` after call i.
    void (*observe)(const float* packed, float* workspace, void (*look)(void* context, int op),
                    void* context);
    /// For each of `count` pictures `put(context, i)` writes picture i into the workspace, and `take` reads
    /// its last output: channel c is at `values[offsets[c]]`, its pixels `steps[c]` values apart.
    void (*forward_batch)(int count, void (*put)(void* context, int picture),
                          void (*take)(void* context, int picture, const float* values, const int* offsets,
                                       const unsigned char* steps),
                          void* context, const float* packed, float* workspace, float* kept);

    // Of networks that are not in fp32; else null.

    /// Of every entry that an output has, as `Network::packs.slots` numbers them.
    const int* output_offsets = nullptr;
    const unsigned char* output_steps = nullptr;
    /// Packs what bytes stand for, of every channel a scale and a zero point, and all that is no layer's
    /// weights.
    void (*pack_numbers)(const float* scales, const int* zeros, float* packed) = nullptr;
    /// Packs the weights of one call that are bytes, with a scale and a bias an output.
    void (*pack_bytes)(int op, const float* scales, const int* zeros, const signed char* weights,
                       const float* weight_scales, const int* bias, float* packed) = nullptr;
};

}  // namespace plait

/// Where the units of `name` are found, whatever the instruction set of who looks.
#define PLAIT_DISPATCH_TARGETS(name)                                                    \
    struct name##_targets {                                                             \
        static const plait::compiled_network avx512, avx2, avx, sse4_2, neon, baseline; \
    }
