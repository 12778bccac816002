"""The exam's dialogues: dangers and other flaws at two levels, alarms without a danger, and two sound replies."""
