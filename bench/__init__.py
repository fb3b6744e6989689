"""What `./dev bench` runs: pintle measured beside what it is compared with, in the same run and on the same core."""
