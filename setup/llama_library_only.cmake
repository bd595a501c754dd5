# Read by CMake at llama.cpp's project(): the Python binding loads the library alone, so the command-line tools' common
# code and its HTTP client are left out. A normal variable wins over the binding's forced cache entry.
set(LLAMA_BUILD_COMMON OFF)
