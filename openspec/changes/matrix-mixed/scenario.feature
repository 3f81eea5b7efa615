Feature: Extending the storage time
  A recipient who cannot come in time keeps the parcel in the locker a little longer.

  Background:
    Given the locker "harbour" holds a parcel until Thursday

  Scenario: Two more days
    When the recipient asks for more time on Wednesday
    Then the parcel is kept until Saturday

  Scenario: Too late
    When the recipient asks for more time on Friday
    Then the recipient is told that the parcel went back
