"""Measures how well questions are answered: compares result sets with those of gold SQL, which no answer sees."""
