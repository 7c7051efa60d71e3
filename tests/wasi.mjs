// SPDX-License-Identifier: BSD-3-Clause
// Runs a WebAssembly program under Node's WASI, with this machine's files: wasi.mjs PROGRAM.wasm ARGUMENT...
import { readFile } from "node:fs/promises";
import { argv, env, exit, versions } from "node:process";
import { setFlagsFromString } from "node:v8";
import { WASI } from "node:wasi";

if (parseInt(versions.v8) < 12) setFlagsFromString("--experimental-wasm-relaxed-simd");
const wasi = new WASI({ version: "preview1", args: argv.slice(2), env, preopens: { "/": "/" } });
const module = await WebAssembly.compile(await readFile(argv[2]));
exit(wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject())));
