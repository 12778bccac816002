"""What is uploaded: unpacked and checked in a limited child process, then stored."""
