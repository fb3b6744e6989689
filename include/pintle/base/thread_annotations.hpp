#pragma once

// Clang's thread-safety annotations: which mutex guards a member, and which a function needs. Clang checks them in
// `./dev lint`; for GCC they are empty. Names as in Clang's documentation.
#if defined(__clang__)
#define PINTLE_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define PINTLE_THREAD_ANNOTATION(x)
#endif

// Of members: to be used with the mutex held.
#define GUARDED_BY(mutex) PINTLE_THREAD_ANNOTATION(guarded_by(mutex))

// Of functions: their caller holds the mutex, for itself alone or shared, and must not hold it.
#define REQUIRES(...) PINTLE_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define REQUIRES_SHARED(...) PINTLE_THREAD_ANNOTATION(requires_shared_capability(__VA_ARGS__))
#define EXCLUDES(...) PINTLE_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))

// Of a function that is right for a reason that Clang cannot see; a comment says which.
#define NO_THREAD_SAFETY_ANALYSIS PINTLE_THREAD_ANNOTATION(no_thread_safety_analysis)

// Of mutexes and locks themselves: see mutex.hpp.
#define CAPABILITY(name) PINTLE_THREAD_ANNOTATION(capability(name))
#define SCOPED_CAPABILITY PINTLE_THREAD_ANNOTATION(scoped_lockable)
#define ACQUIRE(...) PINTLE_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define ACQUIRE_SHARED(...) PINTLE_THREAD_ANNOTATION(acquire_shared_capability(__VA_ARGS__))
#define RELEASE(...) PINTLE_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define RELEASE_SHARED(...) PINTLE_THREAD_ANNOTATION(release_shared_capability(__VA_ARGS__))
#define RELEASE_GENERIC(...) PINTLE_THREAD_ANNOTATION(release_generic_capability(__VA_ARGS__))
#define ASSERT_CAPABILITY(x) PINTLE_THREAD_ANNOTATION(assert_capability(x))
#define ASSERT_SHARED_CAPABILITY(x) PINTLE_THREAD_ANNOTATION(assert_shared_capability(x))
