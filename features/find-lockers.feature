Feature: Finding a locker
  A person looks for a locker near home that still has room.

  Scenario: The locker with most room comes first
    Given the locker "station" with one free compartment
    And the locker "harbour" with six free compartments
    When a person asks for lockers near "20457"
    Then "harbour" is listed before "station"

  Scenario: A postal code has five digits
    When a person asks for lockers near "2045"
    Then no lockers are asked for
