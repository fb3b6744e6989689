// Gives the shared precompiled header a translation unit to be made with.
